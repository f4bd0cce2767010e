import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Dataset } from "../../lib/data/dataset.ts";
import { ownArchitecture } from "../../lib/families/own.ts";
import { conv } from "../../lib/nn/convolution.ts";
import { initialize } from "../../lib/nn/init.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { ownRecipe } from "../../lib/runs/recipes.ts";
import { trainConfigSchema } from "../../lib/train/config.ts";
import { RATE_STEPS, suggestedBy, testedRate, testRates } from "../../lib/train/rate_test.ts";
import type { StepGraph } from "../../lib/train/step_graph.ts";
import { exampleOf, labelMap } from "../data/fixtures.ts";

Deno.test("testedRate() grows by one factor from 1e-6 to 10", () => {
  const all = Array.from({ length: RATE_STEPS }, (_, step) => testedRate(step));
  assert(Math.abs(all[0]! - 1e-6) < 1e-18 && Math.abs(all.at(-1)! - 10) < 1e-9);
  const factors = all.slice(1).map((rate, i) => rate / all[i]!);
  assert(factors.every((factor) => Math.abs(factor / factors[0]! - 1) < 1e-9));
});

Deno.test("suggestedBy() takes the steepest place, or a tenth of the lowest loss's rate if that is less", () => {
  // Flat, down around step 40 along a logistic curve, flat until 70, up.
  const early = Array.from({ length: 100 }, (_, i) => {
    return 1 + 2 / (1 + Math.exp((i - 40) / 3)) + (i > 70 ? (i - 70) / 5 : 0);
  });
  const found = suggestedBy(early);
  const ahead = Math.log(found.steepest / testedRate(40)) / Math.log(testedRate(1) / testedRate(0));
  assert(ahead > 0 && ahead < 6, `${ahead} steps behind`); // the average lags by four
  assertEquals(found.suggestion, found.steepest);
  // Down until the end: steepest at the end, so a tenth of the lowest.
  const late = suggestedBy(Array.from({ length: 60 }, (_, i) => 10 - (i / 10) ** 1.3));
  assertEquals(late.lowest, testedRate(59));
  assertEquals(late.suggestion, testedRate(59) / 10);
  assertThrows(
    () => suggestedBy([2, 1, 3]),
    RangeError,
    "10 steps with a finite loss needed, got 3",
  );
});

const dataset: Dataset = {
  name: "halves",
  classes: ["left", "right"],
  palette: [[0, 0, 0], [1, 1, 1]],
  length: 2,
  example: () => Promise.resolve(exampleOf(labelMap(16, 16, (x) => x < 8 ? 0 : 1))),
};
const model = pixelModel((p, images) => {
  const [, , height, width] = images.dims(4);
  return { map: conv(p, images, { out: 2, kernel: 4, stride: 4, bias: true }), height, width };
});

async function task() {
  const own = {
    variant: "Seg-T/16",
    crop: 16,
    accumulate: 1,
    checkpointEvery: 1,
    seed: 1,
    threads: 1,
  };
  const config = trainConfigSchema.parse({ ...await ownRecipe(own, dataset), pretrained: null });
  return {
    config,
    dataset,
    architecture: ownArchitecture(model, 2),
    initial: ({ net }: StepGraph) => initialize(net.parameters, 1),
  };
}

Deno.test("testRates() ends where the loss has gone up, and says the same again", async () => {
  const rates: number[] = [];
  const found = await testRates({
    ...await task(),
    onStep: (_, __, rate) => void rates.push(rate),
  });
  assert(found.losses.length < RATE_STEPS, `${found.losses.length}`);
  assertEquals(rates, found.rates);
  assert(found.smoothed.at(-1)! > 4 * Math.min(...found.smoothed));
  assert(found.suggestion > 1e-5 && found.suggestion < 1, `${found.suggestion}`);
  assertEquals(await testRates(await task()), found);
});

Deno.test("testRates() is stopped by whoever stops it", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const testing = testRates({
    ...await task(),
    stop: controller.signal,
    onStep: (step) => void (step === 12 && controller.abort(reason)),
  });
  assertEquals(await assertRejects(() => testing), reason);
});
