/** Damaged label PNGs, made from small ones of every kind; some say that they are huge. */
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import { decodeImage, decodeLabels } from "../../lib/images/decode.ts";
import { PNG_SIGNATURE, pngChunk } from "../../lib/images/png.ts";
import type { Random } from "../../lib/random.ts";
import { orientationChunk, type PngSource, writePng } from "../images/png_writer.ts";
import { type Target, Wrong } from "./target.ts";

/** The target for label PNGs. */
export const labelPng: Target = {
  name: "label png",
  make: (random) => new Map([["x.png", damaged(random)]]),
  read,
  refusal: /^Cannot (decode|read the labels of|use the labels of) \/.+?: .*need.+, got .+/s,
};

async function read(path: string): Promise<void> {
  const as = { exif: "apply" } as const;
  const { width, height, channels, data } = await decodeLabels(path, as).catch(async (error) => {
    await decodeImage(path, as); // may read what is no mask, or says so in its own words
    throw error;
  });
  if (data.length !== width * height * channels || data.length === 0) {
    throw new Wrong(`a mask of ${width}×${height}×${channels} has ${data.length} values`);
  }
  const image = await decodeImage(path, as);
  if (image.width === width && image.height === height) return;
  throw new Wrong(`the photo is ${image.width}×${image.height}, the mask ${width}×${height}`);
}

const KINDS: readonly (readonly [PngSource["type"], PngSource["bits"], number])[] = [
  ...([1, 2, 4, 8, 16] as const).map((bits) => [0, bits, 1] as const),
  ...([1, 2, 4, 8] as const).map((bits) => [3, bits, 1] as const),
  ...([8, 16] as const).flatMap((bits) => [[2, bits, 3], [4, bits, 2], [6, bits, 4]] as const),
];

/** A sound PNG with up to four damages. */
function damaged(random: Random): Uint8Array {
  if (random.uniform() < 0.03) return large(random);
  let bytes = sound(random);
  const times = 1 + Math.floor(4 * random.uniform() ** 2);
  for (let i = 0; i < times; i++) bytes = pick(DAMAGES, random)(bytes, random);
  return bytes;
}

function sound(random: Random): Uint8Array {
  const [type, bits, channels] = pick(KINDS, random);
  const [width, height] = [random.integer(1, 40), random.integer(1, 40)];
  const most = 2 ** bits;
  const samples = Array.from(
    { length: width * height * channels },
    (_, i) =>
      channels % 2 === 0 && i % channels === channels - 1 ? most - 1 : random.integer(0, most),
  );
  const chunks: (readonly [string, Uint8Array])[] = [];
  if (type === 3) chunks.push(["PLTE", new Uint8Array(3 << bits)]);
  if (random.uniform() < 0.3) chunks.push(orientationChunk(random.integer(0, 10)));
  const interlaced = random.uniform() < 0.3;
  return writePng({ width, height, bits, type, samples, interlaced, chunks });
}

/** Many pixels of one value in a small file, as much as 805 MB of memory and more. */
function large(random: Random): Uint8Array {
  const [type, bits, channels] = pick(KINDS, random);
  const side = () => Math.floor(2 ** (8 + 5 * random.uniform())); // 256 to 8192
  const [width, height] = [side(), side()];
  const row = 1 + Math.ceil(width * bits * channels / 8);
  const filled = random.uniform() < 0.5 ? height : random.integer(0, height);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(random.uniform() < 0.2 ? height * 64 : height, 4);
  header.set([bits, type, 0, 0, random.uniform() < 0.2 ? 1 : 0], 8);
  const rows = Buffer.alloc(Math.min(row * filled, 2 ** 27));
  const palette = type === 3 ? [pngChunk("PLTE", new Uint8Array(3 << bits))] : [];
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk("IHDR", header),
    ...palette,
    pngChunk("IDAT", deflateSync(rows, { level: 1 })),
    pngChunk("IEND", new Uint8Array()),
  ]);
}

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

const EDGES = [0, 1, 2, 7, 8, 15, 16, 29, 31, 32, 255, 256, 65535, 65536, 2 ** 24, 2 ** 31 - 1]
  .concat([2 ** 31, 2 ** 32 - 1]);
const NAMES = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND", "eXIf", "gAMA", "iCCP", "zTXt", "iTXt"]
  .concat(["sBIT", "bKGD", "acTL", "fcTL", "fdAT", "cHRM", "sRGB", "tEXt", "abcd", "ABCD"]);

const DAMAGES: readonly Damage[] = [
  // A field of the header, with the right checksum: sides, bits, type, compression, filter, passes.
  (bytes, random) =>
    changedHeader(bytes, (view) => {
      const at = pick([0, 4], random);
      view.setUint32(at, pick(EDGES, random));
    }),
  (bytes, random) =>
    changedHeader(bytes, (view) => {
      view.setUint8(
        random.integer(8, 13),
        pick([...EDGES.filter((n) => n < 256), 3, 4, 6], random),
      );
    }),
  // A byte or a bit anywhere, with checksums that no longer fit.
  (bytes, random) => changedByte(bytes, random, () => random.integer(0, 256)),
  (bytes, random) => changedByte(bytes, random, (byte) => byte ^ (1 << random.integer(0, 8))),
  // The length of a chunk.
  (bytes, random) => {
    const copy = bytes.slice();
    const { at } = pick(chunksOf(bytes), random) ?? {};
    if (at !== undefined) new DataView(copy.buffer).setUint32(at, pick(EDGES, random));
    return copy;
  },
  (bytes, random) => bytes.slice(0, random.integer(0, bytes.length + 1)),
  // Chunks that are missing, doubled, in another place, of another kind, or new.
  (bytes, random) => withChunks(bytes, (all) => all.toSpliced(random.integer(0, all.length), 1)),
  (bytes, random) =>
    withChunks(bytes, (all) => {
      const times = Math.floor(2 ** (10 * random.uniform() ** 3));
      return all.toSpliced(
        random.integer(0, all.length),
        0,
        ...Array(times).fill(pick(all, random)),
      );
    }),
  (bytes, random) =>
    withChunks(bytes, (all) => {
      const from = random.integer(0, all.length);
      return all.toSpliced(from, 1).toSpliced(random.integer(0, all.length), 0, all[from]!);
    }),
  (bytes, random) =>
    withChunks(bytes, (all) => {
      const at = random.integer(0, all.length);
      return all.with(at, { ...all[at]!, name: pick(NAMES, random) });
    }),
  (bytes, random) =>
    withChunks(bytes, (all) => {
      const data = Uint8Array.from(
        { length: random.integer(0, 100) },
        () => random.integer(0, 256),
      );
      const squeezed = random.uniform() < 0.3;
      const chunk = {
        at: 0,
        name: pick(NAMES, random),
        data: squeezed ? deflateSync(Buffer.alloc(2 ** random.integer(4, 25))) : data,
      };
      return all.toSpliced(random.integer(0, all.length + 1), 0, chunk);
    }),
  // A byte of a chunk, with the right checksum.
  (bytes, random) =>
    withChunks(bytes, (all) => {
      const at = random.integer(0, all.length);
      const data = changedByte(all[at]!.data, random, () => random.integer(0, 256));
      return all.with(at, { ...all[at]!, data });
    }),
];

interface Chunk {
  readonly at: number;
  readonly name: string;
  readonly data: Uint8Array;
}

/** The chunks as far as they are whole. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    const name = Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1");
    chunks.push({ at, name, data: bytes.slice(at + 8, end) });
    at = end + 4;
  }
  return chunks;
}

/** Other chunks with right checksums; bytes without any stay as they are. */
function withChunks(bytes: Uint8Array, change: (chunks: Chunk[]) => Chunk[]): Uint8Array {
  const chunks = chunksOf(bytes);
  if (chunks.length === 0) return bytes;
  const parts = change(chunks).map(({ name, data }) => pngChunk(name, data));
  return Uint8Array.from(Buffer.concat([PNG_SIGNATURE, ...parts]));
}

function changedHeader(bytes: Uint8Array, change: (view: DataView) => void): Uint8Array {
  return withChunks(bytes, (all) => {
    const data = new Uint8Array(13);
    data.set(all[0]!.data.subarray(0, 13));
    change(new DataView(data.buffer));
    return all.with(0, { ...all[0]!, data });
  });
}

function changedByte(
  bytes: Uint8Array,
  random: Random,
  change: (byte: number) => number,
): Uint8Array {
  const copy = bytes.slice();
  const at = random.integer(0, Math.max(1, bytes.length));
  if (at < copy.length) copy[at] = change(copy[at]!);
  return copy;
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.integer(0, items.length)]!;
}
