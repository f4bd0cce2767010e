import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { golden, goldenFile, goldenTest } from "../golden.ts";
import {
  call,
  concat,
  type Files,
  floats,
  global,
  opcodes,
  pickle,
  tensor,
  torchZip,
  type Value,
  withFile,
  zip,
} from "./torch_file.ts";

const nvlabs = goldenFile("segformer_nvlabs.pth");
const segformer = await golden("segformer");

goldenTest(
  "readTensors() gives meta as plain values when mmcv wrote the file",
  [nvlabs, segformer],
  async () => {
    const { meta } = await readTensors(nvlabs.path);
    const { CLASSES, PALETTE, iter } = meta as Record<string, unknown>;
    const { ncls } = segformer.config;
    assertEquals(CLASSES, Array.from({ length: ncls }, (_, i) => `class_${i}`));
    const colours = PALETTE as number[][];
    assertEquals(colours.length, ncls);
    assert(colours.flat().every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256));
    assert(Number.isInteger(iter));
  },
);

/** Reads a file in the zip format, written by hand. */
async function read(contents: Value, storages: Files = {}, byteOrder = "little") {
  return await withFile(await torchZip(contents, storages, byteOrder), readTensors);
}

const six = { "0": floats(0, 1, 2, 3, 4, 5) };

Deno.test("readTensors() gives tensors buffers of their own when they share one", async () => {
  const whole = tensor({ length: 6, shape: [6], stride: [1] });
  const row = tensor({ length: 6, offset: 3, shape: [2], stride: [1] });
  const column = tensor({ length: 6, offset: 1, shape: [1, 2], stride: [9, 3] });
  const contents = new Map([["whole", whole], ["tied", whole], ["row", row], ["column", column]]);
  const { tensors } = await read(contents, six);
  const all = Float32Array.of(0, 1, 2, 3, 4, 5);
  const array = (shape: number[], data: Float32Array): NDArray => ({ shape, data });
  assertEquals(
    tensors,
    new Map([
      ["whole", array([6], all)],
      ["tied", array([6], all)],
      ["row", array([2], Float32Array.of(3, 4))],
      ["column", array([1, 2], Float32Array.of(1, 4))],
    ]),
  );
  assertEquals(new Set([...tensors.values()].map(({ data }) => data.buffer)).size, 4);
  for (const { data } of tensors.values()) assertEquals(data.buffer.byteLength, data.byteLength);
});

Deno.test("readTensors() takes the storage as it is when one tensor fills it", async () => {
  const { tensors } = await read(
    new Map([["a", tensor({ length: 6, shape: [2, 3], stride: [3, 1] })]]),
    six,
  );
  assertEquals(tensors.get("a"), { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) });
});

Deno.test("readTensors() reads an archive when its entries are deflated", async () => {
  const a = tensor({ length: 6, shape: [6], stride: [1] });
  const files = { "y/data.pkl": pickle(new Map([["a", a]])), "y/data/0": six["0"] };
  const { tensors } = await withFile(await zip(files, 6), readTensors);
  assertEquals([...tensors.get("a")!.data], [0, 1, 2, 3, 4, 5]);
});

const vector = tensor({ length: 6, shape: [6], stride: [1] });
const selfish = concat(opcodes(new Map([["t", vector]])), "q", 9, opcodes("me"), "h", 9, "s");
const bomb = Array.from({ length: 30 }).reduce<Uint8Array>(
  (dict) => concat("}(", opcodes("a"), dict, "q", 1, opcodes("b"), "h", 1, "u"),
  opcodes(new Map([["t", vector]])),
);

interface Refused {
  readonly what: string;
  readonly contents: Value;
  readonly storages?: Files;
  readonly byteOrder?: string;
  readonly message: string;
}

const one = (stored: Parameters<typeof tensor>[0]) => new Map([["w", tensor(stored)]]);
const refused: readonly Refused[] = [
  {
    what: "a view ends behind its storage",
    contents: one({ length: 6, offset: 5, shape: [2], stride: [1] }),
    message: `for "w" a storage of 7 elements or more for offset 5, shape [2], stride [1], got 6`,
  },
  {
    what: "a stride is negative",
    contents: one({ length: 6, offset: 5, shape: [6], stride: [-1] }),
    message: `from 0 on, got offset 5, shape [6], stride [-1]`,
  },
  {
    what: "a size is negative",
    contents: one({ length: 6, shape: [-6], stride: [1] }),
    message: "shape [-6]",
  },
  {
    what: "an offset is negative",
    contents: one({ length: 6, offset: -1, shape: [6], stride: [1] }),
    message: "offset -1",
  },
  {
    what: "shape and stride differ in length",
    contents: one({ length: 6, shape: [2, 3], stride: [1] }),
    message: "shape [2,3], stride [1]",
  },
  {
    what: "a tensor has hundreds of axes",
    contents: one({ length: 6, shape: Array(200).fill(1), stride: Array(200).fill(1) }),
    message: "at most 64 axes, got 200",
  },
  {
    what: "a shape is gigantic",
    contents: one({ length: 6, shape: [2 ** 40, 2 ** 40], stride: [2 ** 40, 1] }),
    message: "a storage of 1.2",
  },
  {
    what: "one element is repeated without end",
    contents: one({ length: 6, shape: [2 ** 20, 2 ** 20], stride: [0, 0] }),
    message: "elements in all for its",
  },
  {
    what: "a storage is gigantic",
    contents: one({ length: 2 ** 40, shape: [1], stride: [1] }),
    message: "elements in all for its",
  },
  {
    what: "a storage is shorter than declared",
    contents: one({ length: 7, shape: [1], stride: [1] }),
    message: "28 bytes in x/data/0 for 7 elements of F32, got 24",
  },
  {
    what: "a storage is missing",
    contents: one({ key: "../0", length: 6, shape: [6], stride: [1] }),
    message: "24 bytes in x/data/../0 for 6 elements of F32, got no such entry",
  },
  {
    what: "a storage is declared with two types",
    contents: new Map([["a", vector], [
      "b",
      tensor({ length: 6, shape: [6], stride: [1], type: "IntStorage" }),
    ]]),
    message: "6 elements of F32 in storage 0 again",
  },
  {
    what: "a storage has a type that no network has",
    contents: one({ length: 6, shape: [6], stride: [1], type: "ComplexFloatStorage" }),
    message: `"torch.ComplexFloatStorage"`,
  },
  {
    what: "a shape is no list of numbers",
    contents: new Map([["w", call(global("torch._utils", "_rebuild_parameter"), "data")]]),
    message: `a tensor in each parameter, got "data"`,
  },
  {
    what: "a tensor has no storage",
    contents: new Map([["w", call(global("torch._utils", "_rebuild_tensor_v2"), null, 0)]]),
    message: "a storage and an offset for each tensor, got (None, 0)",
  },
  {
    what: "it holds no tensors",
    contents: new Map([["epoch", 3]]),
    message: "nested dicts, got none",
  },
  { what: "it is a single tensor", contents: vector, message: "got a single tensor" },
  {
    what: "two tensors get one name",
    contents: new Map<Value, Value>([["a.b", vector], ["a", new Map([["b", vector]])]]),
    message: "two called a.b",
  },
  { what: "a dict holds itself", contents: selfish, message: "nested 100 deep at most" },
  { what: "dicts within dicts multiply", contents: bomb, message: "at most 1048576 values" },
  {
    what: "meta holds itself",
    contents: new Map<Value, Value>([["w", vector], ["meta", concat("]q", 5, "h", 5, "a")]]),
    message: "a meta of at most",
  },
  {
    what: "the machine was big-endian",
    contents: one({ length: 6, shape: [6], stride: [1] }),
    byteOrder: "big",
    message: "byte order little, got big",
  },
];

for (const { what, contents, storages = six, byteOrder, message } of refused) {
  Deno.test(`readTensors() refuses a PyTorch file when ${what}`, async () => {
    const error = await assertRejects(() => read(contents, storages, byteOrder));
    assertStringIncludes(error.message, "Cannot read /");
    assertStringIncludes(error.message, message);
  });
}

const good = await torchZip(new Map([["w", vector]]), six);

/** Where the bytes of the storage are in the archive. */
function placeOfStorage(archive: Uint8Array): number {
  const needle = floats(3, 4, 5);
  return archive.findIndex((_, i) => needle.every((byte, k) => archive[i + k] === byte));
}

const damaged = [
  {
    what: "a byte of a storage has changed",
    message: "an undamaged entry x/data/0, got Invalid CRC32",
    bytes: () => good.with(placeOfStorage(good), 1),
  },
  {
    what: "its end is missing",
    message: "a whole zip archive, got End of central directory not found",
    bytes: () => good.slice(0, -30),
  },
  {
    what: "its middle is missing",
    message: "Cannot read",
    bytes: () => concat(good.slice(0, 60), good.slice(90)),
  },
  {
    what: "it is an archive of something else",
    message: "it needs a PyTorch, safetensors or npz file",
    bytes: () => zip({ "a.txt": concat("a") }),
  },
];

for (const { what, message, bytes } of damaged) {
  Deno.test(`readTensors() refuses an archive when ${what}`, async () => {
    const error = await assertRejects(async () => withFile(await bytes(), readTensors));
    assertStringIncludes(error.message, message);
    assert(!error.message.includes("undefined"));
  });
}
