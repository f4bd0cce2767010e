import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { NDArray } from "../lib/array.ts";
import { type Dtype, StoredTensor } from "../lib/checkpoints/stored_tensor.ts";
import { assertGradients, assertOutput, generate, Golden, ownGolden } from "./golden.ts";

Deno.test("generate() gives the golden README's numbers when seed is 1", () => {
  assertEquals([...generate(1, 4, 23)], [
    0.635197639465332,
    -0.7008289098739624,
    0.10811436176300049,
    0.7822341918945312,
  ]);
});

Deno.test("weights() holds stored and generated weights when both are in the file", async () => {
  const file = await ownGolden("segmenter_mask");
  const weights = file.weights();
  assertEquals(weights.size, 77);
  assertEquals(weights.get("encoder.blocks.2.attn.qkv.weight")!.shape, [384, 128]);
  assertEquals(weights.get("decoder.mask_norm.bias")!.shape, [7]);
  assertEquals(file.config.net_kwargs.patch_size, 16);
  assertEquals(file.labels().length, 2 * 64 * 64);
});

/** A file with tensors of these names and nothing in them. */
function fileOf(names: readonly string[], lacking = false, own?: Golden): Golden {
  const nothing = new StoredTensor("F32", [0], new Uint8Array());
  const tensors = new Map(names.map((name) => [name, nothing]));
  return new Golden("made up", tensors, {}, lacking, own);
}

Deno.test("sizes() and heads() list what a file has, each once", () => {
  const file = fileOf(["in/images", "in/labels", "in2/images", "in_slide/image", "out/relu/y"]);
  assertEquals(file.sizes(), ["", "2"]);
  assertEquals(file.heads("out/"), ["relu"]);
  assertEquals(fileOf(["out/a/x", "out/a/y", "out/b/x"]).heads("out/"), ["a", "b"]);
});

Deno.test("cases() are a file's, and as lacking those that only our own set has", () => {
  const own = fileOf(["out/a", "out/b"]);
  const list = (file: Golden) => file.names("out/");
  assertEquals(fileOf(["out/c", "out/b"], false, own).cases(list), [
    { name: "c", lacking: false },
    { name: "b", lacking: false },
    { name: "a", lacking: true },
  ]);
  assertEquals(fileOf(["out/a"], true).cases(list), [{ name: "a", lacking: true }]);
  assertEquals(own.part("out/a").lacking, false);
  assertEquals(own.part("out/c").lacking, true);
});

/** The closing line of the tests of a file on another set of golden numbers. */
async function testedOn(folder: string): Promise<string> {
  const test = new URL("./bilinear_test.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--quiet", test],
    env: { NO_COLOR: "1", SEGLAB_GOLDEN: folder },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("goldenTest() is skipped and counted when the tested set lacks what it needs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const resizings = (await ownGolden("ops")).heads("in/").filter((op) => /^bilinear_\d/.test(op));
    assertStringIncludes(
      await testedOn(folder),
      `1 passed | 0 failed | ${resizings.length} ignored`,
    );
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test("golden() is a RangeError when SEGLAB_GOLDEN is no folder", async () => {
  const message = "Cannot test golden numbers: SEGLAB_GOLDEN needs a folder, got /nowhere";
  assertStringIncludes(await testedOn("/nowhere"), message);
});

Deno.test("assertOutput() fails when shape or a value differs, NaN included", () => {
  const reference: NDArray = { shape: [2], data: Float32Array.of(1, 10) };
  assertOutput({ shape: [2], data: Float32Array.of(1.0001, 10) }, reference);
  assertThrows(() => assertOutput({ shape: [2], data: Float32Array.of(1.001, 10) }, reference));
  assertThrows(() => assertOutput({ shape: [2], data: Float32Array.of(NaN, 10) }, reference));
  assertThrows(() => assertOutput({ shape: [2, 1], data: reference.data }, reference));
});

/** A file with one gradient in full and one sampled at every 10th of 1000 elements. */
function gradientFile(): { file: Golden; gradients: Map<string, NDArray> } {
  const bias = Float32Array.of(0.5, -0.25);
  const weight = generate(5, 1000, 23);
  const dots = generate(12345, 1000, 23);
  const sums = [0, 0, 0];
  weight.forEach((value, i) => {
    sums[0]! += value;
    sums[1]! += Math.abs(value);
    sums[2]! += value * dots[i]!;
  });
  const stored = (dtype: Dtype, values: { buffer: ArrayBuffer; length: number }) =>
    new StoredTensor(dtype, [values.length], new Uint8Array(values.buffer));
  const file = new Golden(
    "made up",
    new Map([
      ["g/bias", stored("F32", bias)],
      ["gs/weight", stored("F32", weight.filter((_, i) => i % 10 === 0))],
      ["gsk/weight", stored("I64", BigInt64Array.of(10n, 1000n))],
      ["gsum/g/weight", stored("F64", Float64Array.from(sums))],
    ]),
    {},
  );
  const array = (data: Float32Array) => ({ shape: [data.length], data });
  return { file, gradients: new Map([["bias", array(bias)], ["weight", array(weight)]]) };
}

Deno.test("assertGradients() accepts gradients when they are the reference's", () => {
  const { file, gradients } = gradientFile();
  assertGradients(file, gradients);
});

Deno.test("assertGradients() fails when a gradient is missing", () => {
  for (const name of ["bias", "weight"]) {
    const { file, gradients } = gradientFile();
    gradients.delete(name);
    assertThrows(() => assertGradients(file, gradients));
  }
});

Deno.test("assertGradients() fails when a value differs, between the samples too", () => {
  for (const [name, index] of [["bias", 1], ["weight", 20], ["weight", 21]] as const) {
    const { file, gradients } = gradientFile();
    const { shape, data } = gradients.get(name)!;
    const wrong = data.map((value, i) => i === index ? value + 0.9 : value);
    gradients.set(name, { shape, data: wrong });
    assertThrows(() => assertGradients(file, gradients));
  }
});
