import { assert, assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { sizeOf } from "../../lib/array.ts";
import { input } from "../../lib/graph/tensor.ts";
import { segmenter, type SegmenterConfig } from "../../lib/models/segmenter.ts";
import { vitClassifier, type VitConfig } from "../../lib/models/vit.ts";
import { initialize } from "../../lib/nn/init.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { fromPretrained } from "../../lib/train/pretrained.ts";

const vit: VitConfig = {
  imageSize: [32, 32],
  patch: 8,
  dim: 64,
  heads: 1,
  layers: 2,
  distilled: false,
  eps: 1e-6,
  dropout: 0,
  dropPath: 0,
};

/** An ImageNet-trained ViT under timm's names, of random values. */
function pretrained(): Map<string, NDArray> {
  const images = input("images", [1, 3, 32, 32]);
  const { parameters } = Scope.build(false, (p) => vitClassifier(p, images, vit, 1000));
  return initialize(parameters, 7);
}

function segmenterOf(encoder: VitConfig) {
  const images = input("images", [1, 3, ...encoder.imageSize]);
  const config: SegmenterConfig = { encoder, decoder: { name: "linear" }, classes: 3 };
  return Scope.build(false, (p) => segmenter(p, images, config)).parameters;
}

Deno.test("fromPretrained() takes the whole encoder when grid and patch are the same", () => {
  const { values, report } = fromPretrained(segmenterOf(vit), vit, pretrained(), 1);
  assertEquals(report.missing, ["decoder.head.weight", "decoder.head.bias"]);
  assertEquals([report.unused, report.misshapen], [[], []]);
  for (const [name, { data }] of pretrained()) {
    assertEquals(values.get(`encoder.${name}`)!.data, data, name);
  }
});

Deno.test("fromPretrained() resizes position embeddings when the grid is another", () => {
  const encoder = { ...vit, imageSize: [48, 64] } as const;
  const { values, report } = fromPretrained(segmenterOf(encoder), encoder, pretrained(), 1);
  assert(report.loaded.includes("encoder.pos_embed"));
  const table = values.get("encoder.pos_embed")!;
  assertEquals(table.shape, [1, 1 + 6 * 8, 64]);
  const original = pretrained().get("pos_embed")!;
  assertEquals(table.data.subarray(0, 64), original.data.subarray(0, 64)); // the class token's
});

Deno.test("fromPretrained() leaves the patch embedding random when the patch is another", () => {
  const encoder = { ...vit, patch: 16 };
  const parameters = segmenterOf(encoder);
  const { values, report } = fromPretrained(parameters, encoder, pretrained(), 1);
  assertEquals(report.misshapen.map(({ name }) => name), ["encoder.patch_embed.proj.weight"]);
  const random = initialize(parameters, 1).get("encoder.patch_embed.proj.weight")!;
  assertEquals(values.get("encoder.patch_embed.proj.weight")!.data, random.data);
  assertEquals(sizeOf(values.get("encoder.pos_embed")!.shape), (1 + 2 * 2) * 64);
});

Deno.test("fromPretrained() is a TypeError when no name fits", () => {
  const other = new Map([["conv1.weight", { shape: [1], data: new Float32Array(1) }]]);
  assertThrows(
    () => fromPretrained(segmenterOf(vit), vit, other, 1),
    TypeError,
    "timm's names needed, got conv1.weight",
  );
});
