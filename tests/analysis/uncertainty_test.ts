import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { uncertainty } from "../../lib/analysis/uncertainty.ts";
import * as measures from "../../lib/inference/measures.ts";
import { ownArchitecture } from "../../lib/families/own.ts";
import { input } from "../../lib/graph/tensor.ts";
import type { Image } from "../../lib/images/image.ts";
import { concat } from "../../lib/graph/ops/concat.ts";
import { mul } from "../../lib/graph/ops/math.ts";
import { slice } from "../../lib/graph/ops/structure.ts";
import { scalar } from "../../lib/graph/tensor.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { runGraph } from "../run_graph.ts";
import { scoredModel } from "./scored_model.ts";

function grey(side: number, value: (x: number) => number): Image {
  const data = new Uint8Array(3 * side * side);
  for (let i = 0; i < side * side; i++) data.fill(value(i % side), 3 * i, 3 * i + 3);
  return { width: side, height: side, data };
}

/** Entropy and margin of probabilities, as their definitions have them. */
function byHand(scores: readonly number[]): { entropy: number; margin: number } {
  const sum = scores.reduce((total, score) => total + Math.exp(score), 0);
  const p = scores.map((score) => Math.exp(score) / sum);
  const sorted = p.toSorted((a, b) => b - a);
  return {
    entropy: -p.reduce((total, x) => total + x * Math.log(x), 0),
    margin: sorted[0]! - sorted[1]!,
  };
}

Deno.test("entropy() and margin() are 0 and 1 where one class is certain, ln n and 0 where all are alike", async () => {
  const p = input("p", [3, 4]);
  const { entropy, margin } = await runGraph({
    entropy: measures.entropy(p),
    margin: measures.margin(p),
  }, {
    p: { shape: [3, 4], data: new Float32Array([0, 1, 0, 0, .25, .25, .25, .25, .4, .1, .4, .1]) },
  });
  const expected = [0, Math.log(4), -(0.8 * Math.log(0.4) + 0.2 * Math.log(0.1))];
  expected.forEach((value, i) => assertAlmostEquals(entropy!.data[i] as number, value, 1e-6));
  [1, 0, 0].forEach((value, i) => assertAlmostEquals(margin!.data[i] as number, value, 1e-6));
});

Deno.test("uncertainty() gives entropy and margin of known scores", async () => {
  const scores = [2, 0.5, -1];
  const model = scoredModel(scores, ["a", "b", "c"]);
  const found = await uncertainty(model, [grey(20, () => 50)], { threads: 1 });
  const { entropy, margin } = byHand(scores);
  const [picture] = found.ranking;
  assertEquals([picture!.name, picture!.width], ["image 1", 20]);
  assertAlmostEquals(picture!.entropy, entropy, 1e-5);
  assertAlmostEquals(picture!.margin, margin, 1e-5);
  for (const value of picture!.maps!.entropy) assertAlmostEquals(value, entropy, 1e-5);
});

/** Scores [x, -x] of a pixel's red value x in -1 to 1: unsure of what is grey. */
const unsureOfGrey = {
  ...scoredModel([0, 0]),
  architecture: ownArchitecture(
    pixelModel((_, images) => {
      const [b, , height, width] = images.dims(4);
      const red = slice(images, [0, 0, 0, 0], [b, 1, height, width]);
      return { map: concat([red, mul(red, scalar(-1))], 1), height, width };
    }),
    2,
  ),
};

Deno.test("uncertainty() ranks pictures by their mean entropy and maps it where it is", async () => {
  const half = grey(16, (x) => x < 8 ? 128 : 255);
  const pictures = [grey(16, () => 255), grey(16, () => 128), half];
  const heard: number[] = [];
  const found = await uncertainty(unsureOfGrey, pictures, {
    threads: 1,
    drawn: 2,
    onProgress: ({ done }) => heard.push(done),
  });
  assertEquals(found.ranking.map(({ name }) => name), ["image 2", "image 3", "image 1"]);
  assertEquals(found.ranking.map(({ maps }) => maps !== null), [true, true, false]);
  assertEquals(heard, [0, 1, 2, 3]);
  const { entropy } = found.ranking[1]!.maps!;
  assertAlmostEquals(entropy[0]!, Math.log(2), 1e-5); // grey
  const white = (255 - 128) / 128;
  assertAlmostEquals(entropy[15]!, byHand([white, -white]).entropy, 1e-5);
  const json = JSON.parse(JSON.stringify(found));
  assertEquals(json.label_next[0].picture, "image 2");
  assertEquals(Object.keys(await found.pictures()), ["", "ranking"]);
});

Deno.test("uncertainty() refuses no pictures at all, and a side that is none", async () => {
  const model = scoredModel([0, 0]);
  await assertRejects(
    () => uncertainty(model, []),
    RangeError,
    "at least one picture needed, got none",
  );
  await assertRejects(
    () => uncertainty(model, [grey(8, () => 0)], { side: 0 }),
    RangeError,
    "a side of the pictures in pixels needed, got 0",
  );
});
