import { assertEquals } from "@std/assert";
import { planWords } from "../../lib/runs/plan.ts";

const config = { steps: 1000, batch: 8, accumulate: 1, crop: 240, validate: null };

Deno.test("planWords() tells steps, epochs, time, looks and memory", () => {
  assertEquals(
    planWords({ ...config, validate: { every: 100, images: 18 } }, 122, 0.6312, 812_345_678),
    "1000 steps of 8 crops of 240×240 pixels · 66.7 epochs of 122 images · about 11 min " +
      "(0.63 s a step, measured on 3) and 10 looks at 18 validation images · 812 MB of memory",
  );
  const time = (steps: number, seconds: number) =>
    planWords({ ...config, steps }, 8, seconds, 1).split(" · ")[2];
  assertEquals(time(90, 0.1), "about 9 s (0.1 s a step, measured on 3)");
  assertEquals(time(160_000, 0.63), "about 28 h (0.63 s a step, measured on 3)");
});
