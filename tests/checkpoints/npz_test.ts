import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { goldenFile, goldenTest } from "../golden.ts";
import { assertSame } from "../same.ts";
import { concat, floats, little32, withFile, zip } from "./torch_file.ts";

const augreg = goldenFile("augreg.npz");
const fortran = goldenFile("augreg_fortran_deflate.npz");
const bigVision = goldenFile("bigvision.npz");

goldenTest("readTensors() gives equal arrays when they are deflated in Fortran order", [
  augreg,
  fortran,
], async () => {
  const plain = await readTensors(augreg.path);
  assertEquals(plain.container, "npz");
  assertSame(await readTensors(fortran.path), plain);
});

goldenTest("readTensors() gives big_vision's names when it is big_vision's file", [
  augreg,
  bigVision,
], async () => {
  const { tensors } = await readTensors(bigVision.path);
  const { tensors: other } = await readTensors(augreg.path);
  assertSame(tensors.get("params/embedding/kernel"), other.get("embedding/kernel"));
  const position = "Transformer/posembed_input/pos_embedding";
  assertSame(tensors.get("params/pos_embedding"), other.get(position));
  assertEquals(tensors.size, other.size);
});

interface Npy {
  readonly descr: string;
  readonly shape: string;
  readonly data: Uint8Array;
  readonly fortran?: boolean;
  readonly version?: number;
}

/** A .npy file's bytes. */
function npy({ descr, shape, data, fortran = false, version = 1 }: Npy): Uint8Array {
  const order = fortran ? "True" : "False";
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const length = little32(text.length).slice(0, version === 1 ? 2 : 4);
  return concat(0x93, "NUMPY", version, 0, length, text, data);
}

async function read(array: Uint8Array) {
  return await withFile(await zip({ "a.npy": array }), readTensors);
}

const bytesOf = (values: ArrayBufferView<ArrayBuffer>) => new Uint8Array(values.buffer);
const types = [
  {
    descr: "<f8",
    data: bytesOf(Float64Array.of(0.1, -1e300)),
    values: [Math.fround(0.1), -Infinity],
  },
  { descr: "<f4", data: floats(0.1, -2), values: [Math.fround(0.1), -2] },
  { descr: "<f2", data: bytesOf(Float16Array.of(0.5, -65504)), values: [0.5, -65504] },
  { descr: "|V2", data: Uint8Array.of(0x80, 0x3f, 0x20, 0xc1), values: [1, -10] },
  { descr: "<i8", data: bytesOf(BigInt64Array.of(-3n, 2n ** 62n)), values: [-3, 2 ** 62] },
  { descr: "<i4", data: bytesOf(Int32Array.of(-3, 7)), values: [-3, 7] },
  { descr: "<i2", data: bytesOf(Int16Array.of(-3, 7)), values: [-3, 7] },
  { descr: "|i1", data: bytesOf(Int8Array.of(-3, 7)), values: [-3, 7] },
  { descr: "<u8", data: bytesOf(BigUint64Array.of(3n, 2n ** 63n)), values: [3, 2 ** 63] },
  { descr: "<u4", data: bytesOf(Uint32Array.of(3, 2 ** 31)), values: [3, 2 ** 31] },
  { descr: "<u2", data: bytesOf(Uint16Array.of(3, 65535)), values: [3, 65535] },
  { descr: "|u1", data: Uint8Array.of(3, 255), values: [3, 255] },
  { descr: "|b1", data: Uint8Array.of(0, 1), values: [0, 1] },
];

for (const { descr, data, values } of types) {
  Deno.test(`readTensors() gives float32 when an array is ${descr}`, async () => {
    const { tensors } = await read(npy({ descr, shape: "(2,)", data }));
    assertEquals(tensors.get("a"), { shape: [2], data: Float32Array.from(values) });
  });
}

const arrays = [
  { what: "a scalar", npy: { shape: "()", data: floats(7) }, shape: [], values: [7] },
  { what: "empty", npy: { shape: "(0, 3)", data: floats() }, shape: [0, 3], values: [] },
  {
    what: "of format 3",
    npy: { shape: "(1,)", data: floats(7), version: 3 },
    shape: [1],
    values: [7],
  },
  {
    what: "Python 2's",
    npy: { shape: "(2L, 1L)", data: floats(1, 2) },
    shape: [2, 1],
    values: [1, 2],
  },
  {
    what: "of three axes in Fortran order",
    npy: { shape: "(2, 1, 3)", data: floats(0, 3, 1, 4, 2, 5), fortran: true },
    shape: [2, 1, 3],
    values: [0, 1, 2, 3, 4, 5],
  },
];

for (const { what, npy: array, shape, values } of arrays) {
  Deno.test(`readTensors() reads an array when it is ${what}`, async () => {
    const { tensors } = await read(npy({ descr: "<f4", ...array }));
    assertEquals(tensors.get("a"), { shape, data: Float32Array.from(values) });
  });
}

const data = floats(1, 2);
const refused = [
  {
    what: "it is big-endian",
    bytes: npy({ descr: ">f4", shape: "(2,)", data }),
    message: "got elements of type >f4",
  },
  {
    what: "it holds Python objects",
    bytes: npy({ descr: "|O", shape: "(2,)", data }),
    message: "got elements of type |O",
  },
  {
    what: "data is missing",
    bytes: npy({ descr: "<f4", shape: "(3,)", data }),
    message: "in a.npy 12 bytes for [3] of <f4, got 8",
  },
  {
    what: "data is left over",
    bytes: npy({ descr: "<f4", shape: "(1,)", data }),
    message: "4 bytes for [1] of <f4, got 8",
  },
  {
    what: "a shape is gigantic",
    bytes: npy({ descr: "<f4", shape: "(99999999999, 99999999999)", data }),
    message: "for [99999999999,99999999999]",
  },
  {
    what: "a side is negative",
    bytes: npy({ descr: "<f4", shape: "(-2,)", data }),
    message: "a header with descr, fortran_order and shape",
  },
  {
    what: "the header is longer than the file",
    bytes: concat(0x93, "NUMPY", 1, 0, 255, 255, "{}"),
    message: "a header with descr",
  },
  { what: "it is no array", bytes: concat("hello, this is text"), message: "NumPy's magic" },
];

for (const { what, bytes, message } of refused) {
  Deno.test(`readTensors() refuses an .npz when in an array ${what}`, async () => {
    const error = await assertRejects(() => read(bytes), RangeError);
    assertStringIncludes(error.message, "Cannot read /");
    assertStringIncludes(error.message, message);
  });
}
