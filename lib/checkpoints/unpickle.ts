/**
 * Python pickles, restricted: plain containers, what a table of allowed globals builds, and
 * placeholders that do nothing for everything else. Written here because npm's parser, pickleparser 0.2.1, cannot be restricted as far: it
 * calls any function and sets attributes on any object that reached its stack, has no limits,
 * reads negative long integers as positive, refuses the 10-byte one that PyTorch's older files
 * begin with, and does not say where a pickle ends, while those files hold five in a row.
 */
import { type ByteSource, PickleBytes } from "./pickle_bytes.ts";
import { PickleMachine } from "./pickle_machine.ts";
import type { PickleRules } from "./pickle_rules.ts";

/** Opcodes of one pickle, so also the most values that it can build; a checkpoint has thousands. */
const MAX_STEPS = 1 << 22;

/** A pickle's value, and the byte after its end. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

/**
 * Builds the value of the pickle at byte `start`: dicts as Map, lists and tuples as arrays, sets as
 * Set, bytes as Uint8Array, integers beyond 2^53 as bigint. Runs no code of the file's choice: a
 * global that the rules do not list is a placeholder, and one that only an attack needs is refused.
 */
export function unpickle(source: ByteSource, start: number, rules: PickleRules): Unpickled {
  const machine = new PickleMachine(new PickleBytes(source, start), rules);
  for (let step = 0; step < MAX_STEPS; step++) {
    const opcode = machine.bytes.uint8();
    if (opcode === STOP) return { value: machine.pop(), end: machine.bytes.position };
    const run = opcodes[opcode];
    if (!run) {
      const got = `0x${opcode.toString(16).padStart(2, "0")} at byte ${machine.bytes.position - 1}`;
      throw machine.fault("a pickle of protocol 2 or later, of plain values and tensors", got);
    }
    run(machine);
  }
  throw machine.fault(`a pickle of at most ${MAX_STEPS} opcodes`, "more");
}

const STOP = 0x2e;

/** What each opcode does; those of protocols 0 and 1 only where protocol 2 still writes them. */
const opcodes: Readonly<Record<number, (m: PickleMachine) => void>> = {
  0x80: (m) => m.bytes.uint8(), // PROTO
  0x95: (m) => m.bytes.uint64(), // FRAME
  0x28: (m) => m.mark(), // MARK
  0x30: (m) => m.pop(), // POP
  0x31: (m) => m.popMark(), // POP_MARK
  0x32: (m) => m.push(m.top()), // DUP

  0x71: (m) => m.memoize(m.bytes.uint8()), // BINPUT
  0x72: (m) => m.memoize(m.bytes.uint32()), // LONG_BINPUT
  0x94: (m) => m.memoize(), // MEMOIZE
  0x68: (m) => m.recall(m.bytes.uint8()), // BINGET
  0x6a: (m) => m.recall(m.bytes.uint32()), // LONG_BINGET

  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m) => m.push(m.bytes.int32()), // BININT
  0x4b: (m) => m.push(m.bytes.uint8()), // BININT1
  0x4d: (m) => m.push(m.bytes.uint16()), // BININT2
  0x8a: (m) => m.push(m.bytes.integer(m.bytes.uint8())), // LONG1
  0x8b: (m) => m.push(m.bytes.integer(m.bytes.uint32())), // LONG4
  0x47: (m) => m.push(m.bytes.float64()), // BINFLOAT

  0x58: (m) => m.push(m.bytes.text(m.bytes.uint32())), // BINUNICODE
  0x8c: (m) => m.push(m.bytes.text(m.bytes.uint8())), // SHORT_BINUNICODE
  0x8d: (m) => m.push(m.bytes.text(m.bytes.uint64())), // BINUNICODE8
  0x54: (m) => m.push(m.bytes.text(m.bytes.uint32())), // BINSTRING: Python 2's str
  0x55: (m) => m.push(m.bytes.text(m.bytes.uint8())), // SHORT_BINSTRING
  0x42: (m) => m.create(m.bytes.bytes(m.bytes.uint32())), // BINBYTES
  0x43: (m) => m.create(m.bytes.bytes(m.bytes.uint8())), // SHORT_BINBYTES
  0x96: (m) => m.create(m.bytes.bytes(m.bytes.uint64())), // BYTEARRAY8
  0x8e: (m) => m.create(m.bytes.bytes(m.bytes.uint64())), // BINBYTES8

  0x29: (m) => m.create([]), // EMPTY_TUPLE
  0x74: (m) => m.create(m.popMark()), // TUPLE
  0x85: (m) => m.tuple(1), // TUPLE1
  0x86: (m) => m.tuple(2), // TUPLE2
  0x87: (m) => m.tuple(3), // TUPLE3
  0x5d: (m) => m.create([]), // EMPTY_LIST
  0x61: (m) => m.append([m.pop()]), // APPEND
  0x65: (m) => m.append(m.popMark()), // APPENDS
  0x7d: (m) => m.create(new Map()), // EMPTY_DICT
  0x73: (m) => { // SETITEM
    const value = m.pop();
    m.setItems([m.pop(), value]);
  },
  0x75: (m) => m.setItems(m.popMark()), // SETITEMS
  0x8f: (m) => m.create(new Set()), // EMPTY_SET
  0x90: (m) => m.addItems(m.popMark()), // ADDITEMS
  0x91: (m) => m.frozenSet(m.popMark()), // FROZENSET

  0x63: (m) => m.create(m.global(m.bytes.line(), m.bytes.line())), // GLOBAL
  0x93: (m) => { // STACK_GLOBAL
    const name = m.pop();
    m.create(m.global(m.pop(), name));
  },
  0x69: (m) => { // INST
    const callee = m.global(m.bytes.line(), m.bytes.line());
    m.call(callee, m.popMark());
  },
  0x52: (m) => { // REDUCE
    const args = m.pop();
    m.call(m.pop(), args);
  },
  0x81: (m) => { // NEWOBJ
    const args = m.pop();
    m.call(m.pop(), args);
  },
  0x92: (m) => { // NEWOBJ_EX: what takes arguments by name is none of the rules' globals
    m.pop();
    const args = m.pop();
    m.call(m.pop(), args);
  },
  0x62: (m) => m.build(m.pop()), // BUILD
  0x51: (m) => m.push(m.rules.persistent(m.pop())), // BINPERSID
};
