/** Files of a few bytes that ask for hours or all memory: each is refused, or read, in seconds. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { plainZip } from "../fuzz/plain_zip.ts";
import {
  call,
  concat,
  floats,
  global,
  joined,
  little32,
  opcodes,
  pickle,
  tensor,
  torchZip,
  type Value,
  withFile,
} from "./torch_file.ts";

const six = floats(0, 1, 2, 3, 4, 5);
const vector = tensor({ length: 6, shape: [6], stride: [1] });

/** Bytes again and again. */
function repeated(count: number, piece: (i: number) => Uint8Array): Uint8Array {
  return joined(Array.from({ length: count }, (_, i) => piece(i)));
}

/** A dict with a tensor, and with what the opcodes add. */
function beside(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return concat("}(", opcodes("w"), vector, ...parts, "u");
}

const ordered = global("collections", "OrderedDict");
const rebuild = global("torch._utils", "_rebuild_tensor_v2");
const storage = concat(opcodes(["storage", global("torch", "FloatStorage"), "0", "cpu", 6]), "Q");

interface Case {
  readonly what: string;
  readonly contents: () => Uint8Array;
  /** What the error says; none where the tensor is read. */
  readonly message?: string;
}

const pickles: readonly Case[] = [
  {
    what: "keys are integers of one hash",
    // Multiples of 2^64: V8 hashes a bigint by its lowest digit.
    contents: () => {
      const key = (i: number) => concat(0x8a, 16, new Uint8Array(8), little32(i), little32(1), "N");
      return beside(repeated(10_000, key));
    },
    message: "at most 8192 keys that are large numbers",
  },
  {
    what: "keys are text that is a number, all of one hash",
    contents: () =>
      beside(repeated(10_000, (i) => concat(opcodes(`${10 ** 9 + i * 2 ** 15}`), "N"))),
    message: "at most 8192 keys that are large numbers",
  },
  {
    what: "an OrderedDict's keys are fractions",
    contents: () => {
      const key = (i: number) => concat("(G", new Uint8Array(Float64Array.of(i).buffer), "Nt");
      return beside(opcodes("log"), ordered, "](", repeated(10_000, key), "e", 0x85, "R");
    },
    message: "at most 8192 keys that are large numbers",
  },
  {
    what: "a set's items are integers of one hash",
    contents: () => {
      const item = (i: number) => concat(0x8a, 16, new Uint8Array(8), little32(i), little32(1));
      return beside(opcodes("seen"), "(", repeated(10_000, item), 0x91);
    },
    message: "at most 8192 keys that are large numbers",
  },
  {
    what: "a key is a million characters long",
    contents: () => concat("}", opcodes("k".repeat(1_000_000)), beside(), "s"),
    message: "keys of at most 10000 characters, got one of 1000000",
  },
  {
    what: "a tensor's name is long",
    contents: () => concat("}", opcodes("k".repeat(2000)), beside(), "s"),
    message: "names of tensors of at most 1000 characters, got one of 2002",
  },
  {
    what: "a tensor's name would move the cursor of a terminal",
    contents: () => concat("}", opcodes("\x1b[2J"), vector, "s"),
    message: String.raw`names of tensors without control characters, got \x1b[2J`,
  },
  {
    what: "a NumPy type holds lists within lists that double 40 times",
    contents: () => {
      const double = (i: number) => concat("](h", i, "h", i, "eq", i + 1, "0");
      const lists = concat("]", opcodes("x"), "aq", 0, "0", repeated(40, double));
      const state = concat("(K", 3, "h", 40, "t");
      const type = concat(call(global("numpy", "dtype"), "f8", false, true), state, "b");
      const scalar = concat(global("numpy.core.multiarray", "scalar"), type, opcodes("12345678"));
      return beside(opcodes("best"), lists, scalar, 0x86, "R");
    },
  },
  {
    what: "the same pairs are made an OrderedDict again and again",
    contents: () => {
      const pairs = concat("](", repeated(100_000, () => concat("(NNt")), "eq", 1);
      return beside(
        opcodes("a"),
        pairs,
        opcodes("b"),
        "(",
        repeated(20_000, () => {
          return concat(ordered, "h", 1, 0x85, "R");
        }),
        "t",
      );
    },
    message: "at most 1048576 pairs in all",
  },
  {
    what: "the same shape of 200,000 axes is given to many tensors",
    contents: () => {
      const shape = concat(
        "](",
        new Uint8Array(400_000).map((_, i) => i % 2 === 0 ? 0x4b : 1),
        "eq",
        1,
      );
      const each = concat(rebuild, "(", storage, "K", 0, "h", 1, "h", 1, "tR");
      return beside(opcodes("a"), shape, opcodes("b"), "(", repeated(20_000, () => each), "t");
    },
    message: "at most 64 axes, got 200000",
  },
  {
    what: "a strided tensor has 62 axes of one element",
    contents: () => {
      const ones = Array<number>(62).fill(1);
      return concat(
        "}",
        opcodes("w"),
        tensor({ length: 6, shape: [400_000, ...ones], stride: [0, ...ones] }),
        "s",
      );
    },
  },
  {
    what: "it is made of 1.1 million empty dicts",
    contents: () => new Uint8Array(1_100_000).fill(0x7d),
    message: "a pickle of at most 1048576 objects",
  },
  {
    what: "a number of the memo is gigantic",
    contents: () => concat("Nr", little32(2 ** 31)),
    message: "a memo of at most 4194304 values, got 2147483648",
  },
  {
    what: "it is full of the longest integers",
    contents: () => {
      const integer = concat(0x8b, little32(1024), new Uint8Array(1024).fill(0x7f), "0");
      return concat("N", repeated(16_000, () => integer));
    },
    message: "tensors in a dict or in nested dicts",
  },
  {
    what: "a class has a name of a million characters",
    contents: () => concat(opcodes("a".repeat(1_000_000)), opcodes("b"), 0x93),
    message: "names of classes of at most 1000 characters",
  },
];

/** Ten times what it takes on a busy machine; without the limits each takes minutes at least. */
const SECONDS = 10;

async function inTime<T>(body: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await body();
  const seconds = (performance.now() - start) / 1000;
  assert(seconds < SECONDS, `took ${seconds} s`);
  return result;
}

for (const { what, contents, message } of pickles) {
  Deno.test(`readTensors() takes seconds when ${what}`, async () => {
    const file = plainZip([
      { name: "x/data.pkl", bytes: pickle(contents()), deflated: true },
      { name: "x/data/0", bytes: six },
    ]);
    await withFile(file, (path) =>
      inTime(async () => {
        if (message === undefined) {
          assertEquals([...(await readTensors(path)).tensors.keys()], ["w"]);
        } else {
          const error = await assertRejects(() => readTensors(path));
          assertStringIncludes(error.message, message);
        }
      }));
  });
}

const good: Value = new Map([["w", vector]]);
const zeros = new Uint8Array(1 << 26);

const archives: readonly { what: string; bytes: () => Uint8Array; message: string }[] = [
  {
    what: "an entry of one word is 64 MiB",
    bytes: () =>
      plainZip([
        { name: "x/data.pkl", bytes: pickle(good) },
        { name: "x/byteorder", bytes: zeros, deflated: true },
      ]),
    message: "at most 16 bytes in x/byteorder, got 67108864",
  },
  {
    what: "a storage inflates to more than it states",
    bytes: () =>
      plainZip([
        { name: "x/data.pkl", bytes: pickle(good) },
        { name: "x/data/0", bytes: zeros, deflated: true, size: 24 },
      ]),
    message: "an undamaged entry x/data/0, got more than the 24 bytes that it states",
  },
  {
    what: "a storage inflates to less than it states",
    bytes: () =>
      plainZip([
        { name: "x/data.pkl", bytes: pickle(good) },
        { name: "x/data/0", bytes: six.slice(4), deflated: true, size: 24 },
      ]),
    message: "an undamaged entry x/data/0, got 20 bytes of 24",
  },
  {
    what: "its pickle is far larger than the file",
    bytes: () => plainZip([{ name: "x/data.pkl", bytes: zeros, deflated: true }]),
    message: "bytes in x/data.pkl, got 67108864",
  },
  {
    what: "it holds two pickles",
    bytes: () =>
      plainZip(["x", "y"].map((folder) => ({ name: `${folder}/data.pkl`, bytes: pickle(good) }))),
    message: "one entry data.pkl, got x/data.pkl, y/data.pkl",
  },
  {
    what: "it has 17,000 entries",
    bytes: () =>
      plainZip(Array.from({ length: 17_000 }, (_, i) => ({
        name: `x/data/${i}`,
        bytes: new Uint8Array(),
      }))),
    message: "a zip archive of at most 16384 entries",
  },
  {
    what: "an array is far larger than the file",
    bytes: () => plainZip([{ name: "a.npy", bytes: zeros, deflated: true }]),
    message: "bytes in a.npy, got 67108864",
  },
  {
    what: "an array has another name in the list of entries",
    bytes: () => plainZip([{ name: "a.npy", bytes: six, localName: "b.npy" }]),
    message:
      "an undamaged entry a.npy, got Ambiguous archive: mismatched local file header (filename)",
  },
  {
    what: "a shape of an array has a side beyond 2^53",
    bytes: () => plainZip([{ name: "a.npy", bytes: npy("(0, 99999999999999999999)") }]),
    message: "in a.npy a shape of at most 64 numbers below 2^53, got (0, 99999999999999999999)",
  },
  {
    what: "an array's type is the name of something in JavaScript",
    bytes: () => plainZip([{ name: "a.npy", bytes: npy("(1,)", "constructor") }]),
    message: "got elements of type constructor",
  },
];

function npy(shape: string, descr = "<f4"): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
  return concat(0x93, "NUMPY", 1, 0, text.length, 0, text);
}

for (const { what, bytes, message } of archives) {
  Deno.test(`readTensors() refuses an archive in seconds when ${what}`, () =>
    withFile(bytes(), (path) =>
      inTime(async () => {
        const error = await assertRejects(() => readTensors(path));
        assertStringIncludes(error.message, "Cannot read /");
        assertStringIncludes(error.message, message);
      })));
}

Deno.test("readTensors() reads an archive when it was compressed again and its pickle is large", async () => {
  // A log of 2^20 bytes that are 1, as text of Latin-1, beside the weights of a small network.
  const log = call(global("_codecs", "encode"), "\x01".repeat(1 << 20), "latin1");
  const contents = new Map<Value, Value>([["w", vector], ["log", log]]);
  const file = plainZip([
    { name: "x/data.pkl", bytes: pickle(contents), deflated: true },
    { name: "x/data/0", bytes: six },
  ]);
  const { tensors } = await withFile(file, readTensors);
  assertEquals([...tensors.get("w")!.data], [0, 1, 2, 3, 4, 5]);
});

Deno.test("readTensors() takes the bytes of 64-bit numbers into account", async () => {
  // 400,000 numbers of 8 bytes in a file of a few: more than 2^20 numbers of 4.
  const contents = new Map([[
    "w",
    tensor({ length: 600_000, shape: [1], stride: [1], type: "DoubleStorage" }),
  ]]);
  const error = await assertRejects(async () => withFile(await torchZip(contents), readTensors));
  assertStringIncludes(error.message, "elements in all for its");
});
