import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Declared, Scope } from "../../lib/nn/scope.ts";
import { zeros } from "../../lib/nn/init.ts";
import { dropout, dropPath, layerNorm, linear } from "../../lib/nn/layers.ts";
import { segmenter } from "../../lib/families/segmenter/segmenter.ts";
import { type VitConfig, vitEncoder } from "../../lib/families/encoders/vit.ts";
import { input, inputsOf } from "../../lib/graph/tensor.ts";
import { drawMasks } from "../../lib/train/masks.ts";
import { tinySegmenter } from "../train/tiny.ts";

const images = input("images", [2, 3, 16, 16]);
const vit: VitConfig = {
  imageSize: [16, 16],
  patch: 8,
  dim: 12,
  heads: 2,
  layers: 4,
  distilled: false,
  eps: 1e-5,
  dropout: 0,
  dropPath: 0,
};

function built(training: boolean, changes: Partial<VitConfig>): Declared {
  return Scope.build(training, (p) => vitEncoder(p, images, { ...vit, ...changes }));
}

/** Each mask's name, shape and rate. */
function masks({ noise }: Declared): [string, readonly number[], number][] {
  return [...noise].map(([name, { tensor, keep }]) => [name, tensor.shape, 1 - keep]);
}

Deno.test("vitEncoder() drops paths at linearly growing rates when it is trained", () => {
  const declared = masks(built(true, { dropPath: 0.3 }));
  assertEquals(declared.map(([name]) => name), [
    "noise/blocks.1.attn.drop_path",
    "noise/blocks.1.mlp.drop_path",
    "noise/blocks.2.attn.drop_path",
    "noise/blocks.2.mlp.drop_path",
    "noise/blocks.3.attn.drop_path",
    "noise/blocks.3.mlp.drop_path",
  ]);
  const expected = [0.1, 0.1, 0.2, 0.2, 0.3, 0.3];
  for (const [i, [name, shape, rate]] of declared.entries()) {
    assertAlmostEquals(rate, expected[i]!, 1e-12, name);
    assertEquals([...shape], [2, 1, 1]); // one number an image
  }
});

Deno.test("vitEncoder() drops activations where timm does when it is trained", () => {
  assertEquals(masks(built(true, { dropout: 0.1, layers: 1 })), [
    ["noise/dropout", [2, 5, 12], 1 - 0.9],
    ["noise/blocks.0.attn.dropout", [2, 2, 5, 5], 1 - 0.9],
    ["noise/blocks.0.attn.proj.dropout", [2, 5, 12], 1 - 0.9],
    ["noise/blocks.0.mlp.fc1.dropout", [2, 5, 48], 1 - 0.9],
    ["noise/blocks.0.mlp.fc2.dropout", [2, 5, 12], 1 - 0.9],
  ]);
});

Deno.test("vitEncoder() draws no masks when it is not trained or the rates are 0", () => {
  assertEquals(masks(built(false, { dropout: 0.1, dropPath: 0.3 })), []);
  assertEquals(masks(built(true, {})), []);
});

Deno.test("segmenter() feeds no noise when it is built for inference", () => {
  const x = input("images", [1, 3, 32, 32]);
  const net = Scope.build(false, (p) => segmenter(p, x, tinySegmenter(0.5)));
  const fed = [...inputsOf([net.outputs.map])].map(({ origin }) => origin);
  const noise = fed.filter((origin) => origin.kind === "input" && origin.name.includes("noise"));
  assertEquals(noise, []);
  assertEquals(net.noise.size, 0);
});

Deno.test("segmenter() gives encoder and decoder masks of their own when it is trained", () => {
  const x = input("images", [1, 3, 32, 32]);
  const net = Scope.build(true, (p) => segmenter(p, x, tinySegmenter(0.5)));
  const paths = [...net.noise.keys()].map((name) => name.split(".blocks")[0]);
  assertEquals(
    new Set(paths),
    new Set(["noise/encoder.dropout", "noise/encoder", "noise/decoder"]),
  );
});

Deno.test("dropout() and dropPath() return their input when there is nothing to drop", () => {
  const tried = (training: boolean, rate: number) =>
    Scope.build(training, (p) => [dropout(p, images, rate), dropPath(p, images, rate)]).outputs;
  assertEquals(tried(false, 0.5).map((y) => y === images), [true, true]);
  assertEquals(tried(true, 0).map((y) => y === images), [true, true]);
  assertEquals(tried(true, 0.5).map((y) => y === images), [false, false]);
});

Deno.test("linear() and layerNorm() declare torch's names and shapes", () => {
  const net = Scope.build(false, (p) => {
    layerNorm(p.at("norm"), linear(p.at("fc"), input("x", [2, 5, 3]), 7), 1e-5);
  });
  const shapes = [...net.parameters].map(([name, { tensor }]) => [name, tensor.shape]);
  assertEquals(shapes, [["fc.weight", [7, 3]], ["fc.bias", [7]], ["norm.weight", [7]], [
    "norm.bias",
    [7],
  ]]);
});

Deno.test("drawMasks() keeps the share asked for and the expectation when it is large", () => {
  const tensor = input("noise/a", [100, 100]);
  const { data } = drawMasks(new Map([["noise/a", { tensor, keep: 0.8 }]]), 1, 0, 0).get(
    "noise/a",
  )!;
  assertEquals(new Set(data), new Set([0, Math.fround(1 / 0.8)]));
  const kept = data.filter((x) => x > 0).length / data.length;
  assertAlmostEquals(kept, 0.8, 4 * Math.sqrt(0.8 * 0.2 / 10_000));
});

Deno.test("Scope refuses a parameter, tap or mask when its name is taken", () => {
  const twice = (declare: (p: Scope) => unknown) => () =>
    Scope.build(true, (p) => [declare(p.at("blocks").at(0)), declare(p.at("blocks").at(0))]);
  const tries = {
    'blocks.0.weight"': twice((p) => p.param("weight", [2], zeros)),
    'blocks.0.out"': twice((p) => p.tap("out", images)),
    'noise/blocks.0.dropout"': twice((p) => p.mask("dropout", [2], 0.5)),
  };
  for (const [name, tried] of Object.entries(tries)) {
    assertThrows(tried, TypeError, `Cannot declare "${name}: the name is taken`);
  }
});
