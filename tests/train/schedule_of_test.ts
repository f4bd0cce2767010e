import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { variantOf } from "../../lib/families/registry.ts";
import type { TrainConfig } from "../../lib/train/config.ts";
import { encoderRateOf, scheduleOf } from "../../lib/train/schedule_of.ts";

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

const use = { classes: 3, image: 64, dropPath: 0, decoderDropout: 0 };
const eomt = variantOf("EoMT-T/16").architecture(use);
const encoderRate = (changes: Partial<TrainConfig>) =>
  encoderRateOf({ ...plan, ...changes } as TrainConfig, eomt);

Deno.test("encoderRateOf() warms the encoder up for twice as long once the rest is warm", () => {
  const staged = { schedule: "two-stage", warmup: 5 } as const;
  const [rest, { lr }] = [schedule(staged), encoderRate(staged)!];
  assertEquals([0, 1, 4, 5].map(rest), [0, 0.2, 0.8, 1]);
  assertEquals([0, 4, 5, 6, 10, 15].map(lr), [0, 0, 0, 0.1, 0.5, 1]);
  // Half way from a warm-up's end to step 50, by hand.
  assertAlmostEquals(schedule({ ...staged, steps: 55 })(30), 0.5 ** 0.9, 1e-15);
  assertAlmostEquals(encoderRate({ ...staged, steps: 55 })!.lr(35), 0.5 ** 0.9, 1e-15);
});

Deno.test("encoderRateOf() follows a longer run's schedule from where the shorter one ended", () => {
  const staged = { schedule: "two-stage", warmup: 5 } as const;
  const [short, long] = [encoderRate({ ...staged, steps: 20 })!, encoderRate(staged)!];
  const { lr } = encoderRate({ ...staged, continued: [20] })!;
  const steps = [0, 7, 19, 20, 49];
  assertEquals(steps.map(lr), steps.map((step) => (step < 20 ? short : long).lr(step)));
});

Deno.test("encoderRateOf() is null when the schedule has one rate", () => {
  for (const schedule of ["poly", "cosine", "constant"] as const) {
    assertEquals(encoderRate({ schedule }), null);
  }
});

Deno.test("both rates are a RangeError when two stages do not fit", () => {
  for (
    const [changes, message] of [
      [{ warmup: 0 }, "less than a third of 50 steps needed, got 0; train for more steps"],
      [{ warmup: 17 }, "less than a third of 50 steps needed, got 17; train for more steps"],
      [{ warmup: 5, minLr: 0.1 }, "a lowest rate (minLr) of 0 needed, got 0.1"],
    ] as const
  ) {
    const staged = { ...changes, schedule: "two-stage" } as const;
    for (const rate of [schedule, encoderRate]) {
      assertThrows(() => rate(staged), RangeError, `Cannot warm up in two stages: `);
      assertThrows(() => rate(staged), RangeError, message);
    }
  }
});
