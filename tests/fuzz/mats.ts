/** Damaged MAT files of Pascal Context, with damage inside of the compressed variable or outside. */
import { readFile } from "node:fs/promises";
import { deflateSync } from "node:zlib";
import { contextPngOfMat } from "../../lib/prepare/pascal_context/masks.ts";
import type { Random } from "../../lib/random.ts";
import { concat, little32 } from "../checkpoints/torch_file.ts";
import { matFile } from "../prepare/archives.ts";
import { mutate, pick } from "./mutate.ts";
import { type Target, Wrong } from "./target.ts";

const ROWS = [[2, 9, 427], [0, 454, 459]];
const FILES = [
  matFile(ROWS),
  matFile(ROWS, { compressed: false }),
  matFile(ROWS, { compressed: false, littleEndian: false }),
  matFile([[7]], { name: "Other", compressed: false }),
  matFile(ROWS, { compressed: false, kind: 6 }),
].map((bytes) => Uint8Array.from(bytes));

const WORDS = [0, 1, 2, 4, 5, 6, 9, 14, 15, 0x10001, 0x40005, 2 ** 31, 2 ** 32 - 1, 4096, 65536];
const TOKENS = [
  ...WORDS.map(little32),
  concat("LabelMap"),
  concat("MATLAB 7.3 MAT-file"),
  concat("IM"),
];

/** The target for MAT files. */
export const mat: Target = {
  name: "mat",
  make: (random) => new Map([["2008_000002.mat", damaged(random)]]),
  read: async (path) => {
    const png = await contextPngOfMat(await readFile(path), path);
    const isPng = png[1] === 0x50 && png.length > 60;
    if (!isPng) throw new Wrong(`a PNG of ${png.length} bytes`);
  },
  refusal: /^Cannot (read|convert) \/.+?: it needs .+, got .+/s,
};

function damaged(random: Random): Uint8Array {
  const bytes = pick(FILES, random);
  const material = { tokens: TOKENS, others: FILES };
  const roll = random.uniform();
  if (roll < 0.25) return mutate(bytes, random, material);
  const [header, body] = [bytes.subarray(0, 128), FILES[1]!.subarray(128)];
  if (roll < 0.5) return concat(header, mutate(bytes.subarray(128), random, material));
  const inner = roll < 0.6 ? large(random) : mutate(body, random, material);
  const packed = new Uint8Array(deflateSync(inner));
  const size = random.uniform() < 0.1 ? random.integer(0, 2 ** 32) : packed.length;
  return concat(FILES[0]!.subarray(0, 128), little32(15), little32(size), packed);
}

/** A variable of many pixels in a small file, as much as 64 MiB and more. */
function large(random: Random): Uint8Array {
  const side = () => Math.floor(2 ** (6 + 7 * random.uniform())); // 64 to 8192
  const [rows, columns, type] = [side(), side(), pick([2, 4, 9], random)];
  const part = (type: number, data: Uint8Array) =>
    concat(little32(type), little32(data.length), data, new Uint8Array(-data.length & 7));
  const bytes = rows * columns * pick([0, 1, { 2: 1, 4: 2, 9: 8 }[type]!], random);
  const content = concat(
    part(6, concat(little32(11), little32(0))),
    part(5, concat(little32(rows), little32(columns))),
    part(1, concat("LabelMap")),
    part(type, new Uint8Array(Math.min(bytes, 2 ** 27))),
  );
  return part(14, content);
}
