import type { Random } from "../../lib/random.ts";
import { concat, joined } from "../checkpoints/torch_file.ts";

/** Numbers at the edges of what lengths, offsets and counts may be. */
const EDGES = [0, 1, 2, 7, 63, 64, 65, 127, 128, 255, 256, 32767, 65535, 65536, 2 ** 20, 2 ** 24]
  .concat([2 ** 26, 2 ** 28, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, -1, -2, -8])
  .map(BigInt).concat([2n ** 40n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]);

/** What a format's bytes are mutated with. */
export interface Material {
  /** Pieces that mean something in the format: magic numbers, opcodes, keys. */
  readonly tokens: readonly Uint8Array[];
  /** Whole files to take parts of. */
  readonly others: readonly Uint8Array[];
}

type Mutation = (bytes: Uint8Array, random: Random, material: Material) => Uint8Array;

/** Bytes with one to six mutations of all kinds. */
export function mutate(bytes: Uint8Array, random: Random, material: Material): Uint8Array {
  const times = 1 + Math.floor(6 * random.uniform() ** 3);
  for (let i = 0; i < times; i++) bytes = pick(MUTATIONS, random)(bytes, random, material);
  return bytes;
}

/** One of some items. */
export function pick<T>(items: readonly T[], random: Random): T {
  return items[random.integer(0, items.length)]!;
}

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) =>
    changed(bytes, random, 1, (view) => {
      view.setUint8(0, view.getUint8(0) ^ (1 << random.integer(0, 8)));
    }),
  (bytes, random) =>
    changed(bytes, random, 1, (view) => {
      view.setUint8(0, random.integer(0, 256));
    }),
  (bytes, random) =>
    changed(bytes, random, 2, (view) => {
      view.setUint16(0, Number(BigInt.asUintN(16, pick(EDGES, random))), random.uniform() < 0.8);
    }),
  (bytes, random) =>
    changed(bytes, random, 4, (view) => {
      view.setUint32(0, Number(BigInt.asUintN(32, pick(EDGES, random))), random.uniform() < 0.8);
    }),
  (bytes, random) =>
    changed(bytes, random, 8, (view) => {
      view.setBigUint64(0, BigInt.asUintN(64, pick(EDGES, random)), random.uniform() < 0.8);
    }),
  // A number nearby: a length or an offset that is off by a little.
  (bytes, random) =>
    changed(bytes, random, 1, (view) => {
      view.setUint8(0, view.getUint8(0) + random.integer(-3, 4));
    }),
  (bytes, random) => bytes.slice(0, random.integer(0, bytes.length + 1)),
  (bytes, random) => { // a piece is missing
    const [start, end] = range(bytes, random);
    return concat(bytes.subarray(0, start), bytes.subarray(end));
  },
  (bytes, random) => { // a piece comes again, up to thousands of times
    const [start, end] = range(bytes, random);
    const times = Math.floor(2 ** (12 * random.uniform() ** 4));
    const most = Math.max(1, Math.floor(MOST_GROWTH / (end - start + 1)));
    const piece = bytes.subarray(start, end);
    const repeated = joined(Array.from({ length: Math.min(times, most) }, () => piece));
    return concat(bytes.subarray(0, end), repeated, bytes.subarray(end));
  },
  (bytes, random) => { // two pieces change places
    const [start, end] = range(bytes, random);
    const to = random.integer(0, bytes.length + 1 - (end - start));
    const moved = bytes.slice();
    moved.copyWithin(to, start, end);
    return moved;
  },
  (bytes, random, { tokens }) => inserted(bytes, random, pick(tokens, random)),
  (bytes, random, { tokens }) => overwritten(bytes, random, pick(tokens, random)),
  (bytes, random, { others }) => { // a piece of another file
    const other = pick(others, random);
    return inserted(bytes, random, other.subarray(...range(other, random)));
  },
  (bytes, random, { others }) => { // the end of another file
    const other = pick(others, random);
    const cut = random.integer(0, bytes.length + 1);
    return concat(bytes.subarray(0, cut), other.subarray(random.integer(0, other.length + 1)));
  },
];

/** Bytes that one mutation adds at most. */
export const MOST_GROWTH = 1 << 18;

/** A copy whose bytes from some place on were changed through a view of `length` bytes. */
function changed(
  bytes: Uint8Array,
  random: Random,
  length: number,
  change: (view: DataView) => void,
): Uint8Array {
  if (bytes.length < length) return bytes;
  const copy = bytes.slice();
  change(new DataView(copy.buffer, random.integer(0, bytes.length - length + 1), length));
  return copy;
}

/** Start and end of a piece; short ones are likelier. */
function range(bytes: Uint8Array, random: Random): [number, number] {
  const length = Math.floor(bytes.length * random.uniform() ** 4);
  const start = random.integer(0, bytes.length - length + 1);
  return [start, start + length];
}

function inserted(bytes: Uint8Array, random: Random, piece: Uint8Array): Uint8Array {
  const place = random.integer(0, bytes.length + 1);
  return concat(bytes.subarray(0, place), piece, bytes.subarray(place));
}

function overwritten(bytes: Uint8Array, random: Random, piece: Uint8Array): Uint8Array {
  const place = random.integer(0, bytes.length + 1);
  return concat(bytes.subarray(0, place), piece, bytes.subarray(place + piece.length));
}
