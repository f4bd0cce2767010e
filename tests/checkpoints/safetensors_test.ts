import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import {
  readSafetensors,
  readStoredTensors,
  writeSafetensors,
} from "../../lib/checkpoints/safetensors.ts";
import { ownPath } from "../golden.ts";
import { concat, withFile } from "./torch_file.ts";
import { assertSame } from "../same.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A file of the given header and data, written by hand. */
async function writeRaw(path: string, header: unknown, data: Uint8Array): Promise<void> {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  await Deno.writeFile(path, Uint8Array.of(...length, ...json, ...data));
}

const example = new Map<string, NDArray>([
  ["b.weight", { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-8, 4, 5, 1 / 3) }],
  ["a.scalar", { shape: [], data: Float32Array.of(7) }],
  ["empty", { shape: [0, 3], data: new Float32Array() }],
]);

Deno.test("writeSafetensors() is read back with names, shapes, values and metadata", () =>
  inFolder(async (folder) => {
    const path = `${folder}/x.safetensors`;
    await writeSafetensors(path, example, { metadata: { step: "12", note: "é" } });
    const { tensors, metadata } = await readSafetensors(path);
    assertEquals(metadata, { step: "12", note: "é" });
    assertEquals(new Map([...tensors].sort()), new Map([...example].sort()));
  }));

Deno.test("writeSafetensors() writes the same bytes when the tensors are the same", () =>
  inFolder(async (folder) => {
    const [one, two] = [`${folder}/1`, `${folder}/2`];
    await writeSafetensors(one, example);
    await writeSafetensors(two, (await readSafetensors(one)).tensors);
    await writeSafetensors(one, (await readSafetensors(two)).tensors);
    assertSame(await Deno.readFile(one), await Deno.readFile(two));
  }));

// Ties between two neighbours go to the even one; NumPy's float16 and the definition of bfloat16.
const halves = [
  { dtype: "F16", input: 1 + 2 ** -11, stored: 1 },
  { dtype: "F16", input: 1 + 3 * 2 ** -11, stored: 1 + 2 ** -9 },
  { dtype: "F16", input: 65519, stored: 65504 },
  { dtype: "F16", input: 2 ** -24, stored: 2 ** -24 }, // the smallest subnormal
  { dtype: "F16", input: -Infinity, stored: -Infinity },
  { dtype: "F16", input: NaN, stored: NaN },
  { dtype: "BF16", input: 1 + 2 ** -8, stored: 1 },
  { dtype: "BF16", input: 1 + 3 * 2 ** -8, stored: 1 + 2 ** -6 },
  { dtype: "BF16", input: 1 + 2 ** -8 + 2 ** -20, stored: 1 + 2 ** -7 },
  { dtype: "BF16", input: -Infinity, stored: -Infinity },
  { dtype: "BF16", input: NaN, stored: NaN },
] as const;

for (const { dtype, input, stored } of halves) {
  Deno.test(`writeSafetensors() stores ${stored} when ${input} is written as ${dtype}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/x.safetensors`;
      const data = Float32Array.of(input);
      await writeSafetensors(path, new Map([["x", { shape: [1], data }]]), { dtype });
      const { tensors } = await readStoredTensors(path);
      assertEquals(tensors.get("x")!.dtype, dtype);
      assertEquals([...tensors.get("x")!.toFloat32()], [stored]);
    }));
}

const unwritable = [
  { what: "a value overflows F16", name: "x", shape: [1], dtype: "F16", message: "got 65520" },
  { what: "values and shape differ", name: "x", shape: [2], dtype: "F32", message: "2 values" },
  { what: "a name is reserved", name: "__metadata__", shape: [1], dtype: "F32", message: "name" },
] as const;

for (const { what, name, shape, dtype, message } of unwritable) {
  Deno.test(`writeSafetensors() refuses and keeps the old file when ${what}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/x.safetensors`;
      await writeSafetensors(path, example);
      const before = await Deno.readFile(path);
      const tensors = new Map([[name, { shape, data: Float32Array.of(65520) }]]);
      const error = await assertRejects(
        () => writeSafetensors(path, tensors, { dtype }),
        RangeError,
      );
      assertStringIncludes(error.message, message);
      assertSame(await Deno.readFile(path), before);
    }));
}

const numbers = [
  {
    dtype: "F64",
    bytes: new Uint8Array(Float64Array.of(0.1, -1e300).buffer),
    exact: [0.1, -1e300],
  },
  { dtype: "I64", bytes: new Uint8Array(BigInt64Array.of(-3n, 255n).buffer), exact: [-3, 255] },
  { dtype: "I32", bytes: new Uint8Array(Int32Array.of(-3, 1 << 30).buffer), exact: [-3, 1 << 30] },
  { dtype: "U8", bytes: Uint8Array.of(0, 255), exact: [0, 255] },
  { dtype: "BOOL", bytes: Uint8Array.of(0, 150), exact: [0, 1] }, // as PyTorch has it
  { dtype: "F16", bytes: Uint8Array.of(0x00, 0x3c, 0x01, 0x00), exact: [1, 2 ** -24] },
  { dtype: "BF16", bytes: Uint8Array.of(0x80, 0x3f, 0x20, 0xc1), exact: [1, -10] },
] as const;

for (const { dtype, bytes, exact } of numbers) {
  Deno.test(`readStoredTensors() gives exact numbers when a tensor is ${dtype}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/x.safetensors`;
      const entry = { dtype, shape: [2], data_offsets: [0, bytes.length] };
      await writeRaw(path, { x: entry }, bytes);
      const tensor = (await readStoredTensors(path)).tensors.get("x")!;
      assertEquals([...tensor.toNumbers()], [...exact]);
      assertEquals([...tensor.toFloat32()], exact.map(Math.fround));
    }));
}

const bad = [
  { file: "bad_json", type: SyntaxError, message: "JSON" },
  { file: "header_beyond_file", type: RangeError, message: "header of at most" },
  { file: "header_huge", type: RangeError, message: "header of at most" },
  { file: "negative_shape", type: SyntaxError, message: 'as shape of "a"' },
  { file: "offsets_out_of_range", type: RangeError, message: `"b" within` },
  { file: "offsets_reversed", type: RangeError, message: `"a" within` },
  { file: "overlapping_offsets", type: RangeError, message: "4 (an overlap)" },
  { file: "shape_size_mismatch", type: RangeError, message: `20 bytes for "a" (F32 [5]), got 16` },
];

for (const { file, type, message } of bad) {
  Deno.test(`readSafetensors() names file and fault when it is ${file}`, async () => {
    const path = ownPath(`containers/bad/${file}.safetensors`);
    const error = await assertRejects(() => readSafetensors(path), type);
    assertStringIncludes(error.message, path);
    assertStringIncludes(error.message, message);
  });
}

const tensor = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
const badHeaders = [
  {
    what: "there is a hole between tensors",
    header: { a: tensor, b: { ...tensor, data_offsets: [8, 12] } },
    message: "8 (a hole)",
  },
  { what: "data is left over", header: { a: tensor }, message: "it needs 4 bytes of data, got 12" },
  {
    what: "a dtype is unknown",
    header: { a: { ...tensor, dtype: "F4" } },
    message: '"F4" as dtype of "a"',
  },
  { what: "the header is a list", header: [1], message: "every tensor" },
  {
    what: "a tensor has 65 axes",
    header: { a: { ...tensor, shape: Array(65).fill(1) } },
    message: "a shape of at most 64 whole numbers",
  },
  {
    what: "a name has a control character",
    header: { "a\n": tensor },
    message: String.raw`names of tensors without control characters, got a\n`,
  },
  {
    what: "the metadata is no text",
    header: { __metadata__: { step: 1 }, a: tensor },
    message: `{"step":1} as entry of "__metadata__"`,
  },
];

for (const { what, header, message } of badHeaders) {
  Deno.test(`readSafetensors() refuses when ${what}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/x.safetensors`;
      await writeRaw(path, header, new Uint8Array(12));
      const error = await assertRejects(() => readSafetensors(path));
      assertStringIncludes(error.message, message);
    }));
}

Deno.test("readSafetensors() refuses when the file is shorter than its header's length", () =>
  inFolder(async (folder) => {
    const path = `${folder}/x.safetensors`;
    await Deno.writeFile(path, new Uint8Array(3));
    const error = await assertRejects(() => readSafetensors(path), RangeError);
    assert(error.message.startsWith(`Cannot read safetensors file ${path}`));
  }));

/** A file of a header as text. */
async function readHeader(header: string, data = 0) {
  const json = new TextEncoder().encode(header);
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  return await withFile(concat(length, json, new Uint8Array(data)), readSafetensors);
}

const empty = `{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`;
const refusedHeaders = [
  {
    what: "a name is there twice",
    header: `{"w":${empty},"w":${empty}}`,
    message: `a header of JSON, got the name "w" twice`,
  },
  {
    what: "a name is there twice, once in escapes",
    header: `{"w":${empty},"\\u0077":${empty}}`,
    message: `a header of JSON, got the name "w" twice`,
  },
  {
    what: "lists are within each other",
    header: `{"w":${"[".repeat(1_000_000)}`,
    message: "a header of JSON, got more than 3 levels",
  },
  {
    what: "it has 400,000 entries",
    header: `{${Array.from({ length: 400_000 }, (_, i) => `"${i}":${empty}`)}}`,
    message: "a header of JSON, got more than 327680 names",
  },
  {
    what: "it has 70,000 entries",
    header: `{${Array.from({ length: 70_000 }, (_, i) => `"t${i}":${empty}`)}}`,
    message: "at most 65536 tensors, got 70000",
  },
];

for (const { what, header, message } of refusedHeaders) {
  Deno.test(`readSafetensors() refuses a header in seconds when ${what}`, async () => {
    const start = performance.now();
    const error = await assertRejects(() => readHeader(header));
    assertStringIncludes(error.message, message);
    assert(performance.now() - start < 60_000); // less than a second alone; hours where it grew with the square
  });
}

Deno.test("readSafetensors() takes any text for a name when it is one of JavaScript's own", async () => {
  const one = `{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`;
  const header = `{"__proto__":${one},"constructor":${empty.replaceAll("[0,0]", "[4,4]")}}`;
  const { tensors } = await readHeader(header, 4);
  assertEquals(
    tensors,
    new Map([
      ["__proto__", { shape: [1], data: new Float32Array(1) }],
      ["constructor", { shape: [0], data: new Float32Array() }],
    ]),
  );
});

Deno.test("readSafetensors() names the path when nothing is there", async () => {
  const error = await assertRejects(() => readSafetensors("/nowhere/x.safetensors"), RangeError);
  assertStringIncludes(error.message, "Cannot read /nowhere/x.safetensors: it needs a file");
});
