import type { Random } from "../../lib/random.ts";
import { joined } from "../checkpoints/torch_file.ts";
import { MOST_GROWTH, mutate, pick } from "./mutate.ts";
import { PICKLE_TOKENS } from "./random_pickle.ts";

/** Bytes of an opcode's operand, where that is a fixed number. */
const FIXED: Readonly<Record<number, number>> = {
  0x80: 1, // PROTO
  0x95: 8, // FRAME
  0x4b: 1, // BININT1
  0x4d: 2, // BININT2
  0x4a: 4, // BININT
  0x47: 8, // BINFLOAT
  0x71: 1, // BINPUT
  0x72: 4, // LONG_BINPUT
  0x68: 1, // BINGET
  0x6a: 4, // LONG_BINGET
};

/** Bytes of the length that stands before an operand of many. */
const COUNTED: Readonly<Record<number, number>> = {
  0x8a: 1, // LONG1
  0x8b: 4, // LONG4
  0x8c: 1, // SHORT_BINUNICODE
  0x58: 4, // BINUNICODE
  0x8d: 8, // BINUNICODE8
  0x55: 1, // SHORT_BINSTRING
  0x54: 4, // BINSTRING
  0x43: 1, // SHORT_BINBYTES
  0x42: 4, // BINBYTES
  0x8e: 8, // BINBYTES8
  0x96: 8, // BYTEARRAY8
};

/** A pickle as its opcodes, each with its operand; what follows what is none is one piece. */
export function opcodesOf(pickle: Uint8Array): Uint8Array[] {
  const opcodes: Uint8Array[] = [];
  for (let start = 0; start < pickle.length;) {
    const end = Math.min(start + lengthAt(pickle, start), pickle.length);
    opcodes.push(pickle.subarray(start, end));
    start = end;
  }
  return opcodes;
}

function lengthAt(pickle: Uint8Array, start: number): number {
  const opcode = pickle[start]!;
  const counted = COUNTED[opcode];
  if (counted !== undefined) {
    let length = 0;
    for (let i = counted; i > 0; i--) length = 256 * length + (pickle[start + i] ?? 0);
    return 1 + counted + length;
  }
  if (opcode !== 0x63 && opcode !== 0x69) return 1 + (FIXED[opcode] ?? 0);
  const first = pickle.indexOf(0x0a, start); // GLOBAL and INST: two lines
  const second = pickle.indexOf(0x0a, first + 1);
  return first < 0 || second < 0 ? pickle.length : second + 1 - start;
}

/** A pickle some of whose opcodes are left out, repeated, moved, put in or damaged. */
export function mutatePickle(pickle: Uint8Array, random: Random): Uint8Array {
  const opcodes = opcodesOf(pickle);
  const times = 1 + Math.floor(5 * random.uniform() ** 3);
  for (let i = 0; i < times && opcodes.length > 0; i++) {
    const place = random.integer(0, opcodes.length);
    const count = 1 + Math.floor(20 * random.uniform() ** 4);
    const piece = opcodes.slice(place, place + count);
    const material = { tokens: PICKLE_TOKENS, others: [pickle] };
    pick([
      () => opcodes.splice(place, count),
      () => opcodes.splice(place, 0, ...piece),
      () => opcodes.splice(random.integer(0, opcodes.length), 0, ...opcodes.splice(place, count)),
      () => opcodes.splice(place, 0, pick(PICKLE_TOKENS, random)),
      () => opcodes.splice(place, 1, pick(PICKLE_TOKENS, random)),
      () => opcodes.splice(place, 1, mutate(opcodes[place]!, random, material)),
      () => {
        const repeated = joined(piece);
        const most = MOST_GROWTH / Math.max(1, repeated.length);
        const times = Math.floor(Math.min(most, 2 ** (16 * random.uniform() ** 3)));
        opcodes.splice(place, 0, joined(Array(times).fill(repeated)));
      },
    ], random)();
  }
  return joined(opcodes);
}
