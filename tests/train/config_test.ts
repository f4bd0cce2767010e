import { assertThrows } from "@std/assert";
import { scheduleOf, type TrainConfig } from "../../lib/train/config.ts";

Deno.test("scheduleOf() is a RangeError when the warm-up does not end before the run", () => {
  const config = { lr: 1, minLr: 0, power: 0.9, steps: 50, warmup: 50 } as TrainConfig;
  assertThrows(() => scheduleOf(config), RangeError, "a warm-up of fewer steps needed, got 50");
});
