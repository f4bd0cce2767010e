import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Cost, costOf } from "../../lib/analysis/cost.ts";
import { type CostTree, shownModules } from "../../lib/analysis/cost_tree.ts";
import { ownArchitecture } from "../../lib/families/own.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { relu } from "../../lib/graph/ops/math.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { conv } from "../../lib/nn/convolution.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { display } from "../../lib/report/picture.ts";

/** What is counted of a model; nothing is computed with its weights. */
const modelOf = (changes: Partial<OpenedModel>) => changes as OpenedModel;

function costOfVariant(name: string, side: number, classes = 150): Cost {
  const use = { classes, image: side, dropPath: 0, decoderDropout: 0 };
  const architecture = variantOf(name).architecture(use);
  return costOf(modelOf({ architecture, kind: name, window: side }));
}

/**
 * Parameters with 150 classes and 10⁹ multiply-adds of an image, computed from the architectures by a
 * script apart from this code. Segmenter's README has 7, 27 and 106 M for T, S and B with masks;
 * SegFormer's table 1 has 3.8 M and 8.4, 27.5 M and 62.4, and 84.7 M and 183.3 at 640².
 */
const published: Readonly<Record<string, readonly [side: number, number, number, within: number]>> =
  {
    "Seg-T/16": [512, 5_905_342, 10.5, 0.05],
    "Seg-T-Mask/16": [512, 6_906_388, 12.6, 0.05],
    "Seg-S/16": [512, 22_426_366, 31.8, 0.05],
    "Seg-S-Mask/16": [512, 26_418_964, 38.4, 0.05],
    "Seg-S/32": [512, 23_016_190, 6.4, 0.05],
    "Seg-B/16": [512, 87_318_910, 107.1, 0.06],
    "Seg-B-Mask/16": [512, 103_266_580, 129.3, 0.06],
    "Seg-L-Mask/16": [640, 334_259_476, 671, 0.5],
    "SegFormer-B0": [512, 3_752_694, 8.4, 0.05],
    "SegFormer-B2": [512, 27_461_974, 62.3, 0.05],
    "SegFormer-B5": [640, 84_708_694, 183.1, 0.05],
  };
for (const [name, [side, parameters, giga, within]] of Object.entries(published)) {
  Deno.test(`costOf() gives the published numbers of ${name} at ${side}²`, () => {
    const { tree } = costOfVariant(name, side);
    assertEquals(tree.parameters, parameters);
    assertAlmostEquals(tree.multiplyAdds / 1e9, giga, within);
  });
}

/** A convolution without bias and one with, on an image of 8×8. */
const own = pixelModel((p, images) => {
  const [, , height, width] = images.dims(4);
  const stem = relu(conv(p.at("stem"), images, { out: 5, kernel: 2, stride: 2, bias: false }));
  const map = conv(p.at("head"), stem, { out: 2, kernel: 1, bias: true });
  return { map, height, width };
});
const ownModel = modelOf({ architecture: ownArchitecture(own, 2), kind: "own", window: 8 });

Deno.test("costOf() counts a small network as by hand", () => {
  const cost = costOf(ownModel);
  const [stem, head] = cost.tree.modules as [CostTree, CostTree];
  assertEquals([stem.name, stem.parameters, stem.multiplyAdds], ["stem", 60, 16 * 5 * 12]);
  assertEquals([head.name, head.parameters, head.multiplyAdds], ["head", 12, 16 * 2 * 5]);
  assertEquals(stem.activationBytes, 4 * 16 * 5);
  assertEquals(head.activationBytes, 4 * 16 * 2);
  // ReLU, which is neither the stem's nor the head's.
  assertEquals(cost.tree.activationBytes, 4 * 16 * (5 + 5 + 2));
  assertEquals(cost.largestAtOnce, 4 * 16 * 10);
  assertEquals(cost.operations.map(({ operator, count }) => [operator, count]), [
    ["Conv", 2],
    ["Relu", 1],
  ]);
});

Deno.test("costOf() counts four times the activations when sides are twice as long", () => {
  const [small, large] = [costOf(ownModel), costOf(ownModel, { size: [16, 16] })];
  assertEquals(large.tree.activationBytes, 4 * small.tree.activationBytes);
  assertEquals(large.tree.parameters, small.tree.parameters);
});

Deno.test("costOf() gives modules that add up, with blocks that are alike", () => {
  const { tree } = costOfVariant("Seg-T-Mask/16", 160, 11);
  const sums = ({ modules }: CostTree, key: "parameters" | "multiplyAdds") =>
    modules.reduce((sum, module) => sum + module[key], 0);
  assertEquals(sums(tree, "multiplyAdds"), tree.multiplyAdds);
  assertEquals(sums(tree, "parameters"), tree.parameters);
  const [encoder] = tree.modules as [CostTree];
  const blocks = encoder.modules.find(({ name }) => name === "blocks")!;
  assertEquals(blocks.modules.length, 12);
  assertEquals(
    new Set(blocks.modules.map((block) => JSON.stringify({ ...block, name: "" }))).size,
    1,
  );
  const labels = shownModules(tree).map(({ label }) => label);
  assertEquals(labels.filter((label) => label.includes("each")), [
    "0 to 11, each",
    "0 and 1, each",
  ]);
});

Deno.test("costOf() says what runs when that is less than the paper's form", () => {
  const cost = costOfVariant("SegFormer-B0", 512);
  assertEquals(cost.multiplyAddsHere < 0.6 * cost.tree.multiplyAdds, true);
  assertStringIncludes(cost.summary(), "Seglab computes the same values with 4.13");
});

Deno.test("costOf() refuses an image when a side is no number of pixels or too small", () => {
  const { architecture } = {
    architecture: variantOf("Seg-T/16").architecture({
      classes: 2,
      image: 32,
      dropPath: 0,
      decoderDropout: 0,
    }),
  };
  const model = modelOf({ architecture, kind: "Seg-T/16", window: 32 });
  for (const size of [[8, 32], [32, 1.5], [32]]) {
    assertThrows(
      () => costOf(model, { size: size as [number, number] }),
      RangeError,
      `height and width of an image from 16 pixels needed, got ${size.join("×")}`,
    );
  }
});

Deno.test("Cost shows itself as tables and saves numbers and a picture", async () => {
  const cost = costOf(ownModel);
  const { "text/markdown": text } = await cost[display]();
  assertStringIncludes(text!, "| network");
  assertStringIncludes(text!, "| Conv");
  const folder = await Deno.makeTempDir();
  try {
    const paths = await cost.save(folder);
    assertEquals(paths.map((path) => path.slice(folder.length + 1)), ["cost.json", "cost.png"]);
    const json = JSON.parse(await Deno.readTextFile(paths[0]!));
    assertEquals([json.parameters, json.multiplyAdds], [72, 16 * 5 * 12 + 16 * 2 * 5]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
