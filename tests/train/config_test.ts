import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "../../experiments/commands/paths.ts";
import { normalizations } from "../../lib/families/recipe.ts";
import {
  augmentationOf,
  savedConfig,
  scheduleOf,
  type TrainConfig,
  trainConfigSchema,
} from "../../lib/train/config.ts";

const plan = {
  lr: 1,
  minLr: 0,
  power: 0.9,
  steps: 50,
  warmup: 0,
  warmupRatio: null,
  schedule: "poly",
  continued: null,
};
const schedule = (changes: Partial<TrainConfig>) =>
  scheduleOf({ ...plan, ...changes } as TrainConfig);

Deno.test("scheduleOf() is a RangeError when the warm-up does not end before the run", () => {
  const tried = () => schedule({ warmup: 50 });
  assertThrows(tried, RangeError, "a warm-up of fewer steps needed, got 50");
});

Deno.test("scheduleOf() is a RangeError when mmcv's warm-up meets a lowest rate above 0", () => {
  const tried = () => schedule({ warmup: 5, warmupRatio: 1e-6, minLr: 0.1 });
  assertThrows(tried, RangeError, "a lowest rate (minLr) of 0 needed, got 0.1");
});

Deno.test("scheduleOf() begins where the warm-up ratio says, or else as Segmenter's does", () => {
  assertAlmostEquals(schedule({ warmup: 5, warmupRatio: 0.25 })(0), 0.25, 1e-15);
  assertEquals(schedule({ warmup: 5 })(0), 1);
});

Deno.test("scheduleOf() lets the rate fall as the config says, from a warm-up above the lowest", () => {
  const cosine = schedule({ schedule: "cosine", warmup: 10, minLr: 0.2 });
  assertEquals([cosine(0), cosine(10) < 1], [0.2, true]);
  assertAlmostEquals(cosine(25), 0.6, 1e-15);
  const constant = schedule({ schedule: "constant", warmup: 5, warmupRatio: 0.5 });
  assertEquals([constant(0), constant(5), constant(49)], [0.5, 1, 1]);
});

Deno.test("scheduleOf() follows a longer run's schedule from where the shorter one ended", () => {
  const [short, long] = [schedule({ steps: 20 }), schedule({ steps: 50 })];
  const both = schedule({ continued: [20] });
  const steps = [0, 10, 19, 20, 30, 49];
  const expected = steps.map((step) => step < 20 ? short(step) : long(step));
  assertEquals(steps.map(both), expected);
});

const committed = join(repository, "results/accuracy_vs_speed/t-mask-16-s1/config.json");

Deno.test("written() leaves a config of an earlier version as it was", async () => {
  const { schema: _, experiment: __, run: ___, data: ____, ...before } = JSON.parse(
    await readFile(committed, "utf8"),
  );
  const config = trainConfigSchema.parse(before);
  assertEquals([config.base, config.warmupRatio, config.lossMean], [null, null, "labelled"]);
  assertEquals(savedConfig(config), before);
});

Deno.test("written() keeps what differs from the defaults", async () => {
  const config = trainConfigSchema.parse(JSON.parse(await readFile(committed, "utf8")));
  const other: TrainConfig = { ...config, base: { long: 2048, short: 512 }, lossMean: "all" };
  assertEquals(savedConfig(other).base, { long: 2048, short: 512 });
  assertEquals(trainConfigSchema.parse(savedConfig(other)), other);
});

Deno.test("normalizations are mmseg's statistics, and Segmenter's rounded ones", () => {
  assertEquals(normalizations.imagenet.mean, [123.675, 116.28, 103.53]);
  assertEquals(normalizations.imagenet.std, [58.395, 57.12, 57.375]);
  assertEquals(normalizations.deit.mean, [123.67, 116.28, 103.53]);
});

Deno.test("augmentationOf() hands the box on", async () => {
  const config = trainConfigSchema.parse(JSON.parse(await readFile(committed, "utf8")));
  const base = { long: 520, short: 520 };
  assertEquals(augmentationOf({ ...config, base }).base, base);
});
