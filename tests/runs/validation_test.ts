import { assertEquals, assertThrows } from "@std/assert";
import { courseOf, lookWords, requireBestBy, usualValidation } from "../../lib/runs/validation.ts";

Deno.test("courseOf() tells the best step, the first of equals, and what came after it", () => {
  const line = (step: number, mIoU: number) => ({ step, "val/mIoU": mIoU });
  assertEquals(courseOf([{ step: 1, "train/loss": 2 }]), { best: null, since: 0 });
  const lines = [
    line(1, 0.2),
    { step: 2, "train/loss": 1 },
    line(2, 0.4),
    line(3, 0.4),
    line(4, 0.1),
  ];
  assertEquals(courseOf(lines), { best: { step: 2, mIoU: 0.4 }, since: 2 });
});

Deno.test("courseOf() goes by mIoU, by the loss, or by a class that may be missing", () => {
  const line = (step: number, mIoU: number, loss: number, car?: number) => ({
    step,
    "val/mIoU": mIoU,
    "val/loss": loss,
    ...car !== undefined && { "val/IoU/car": car },
  });
  const lines = [line(1, 0.5, 3, 0.2), line(2, 0.6, 2), line(3, 0.4, 1, 0.1), line(4, 0.3, 4, 0.3)];
  const best = (by: string) => courseOf(lines, by).best!.step;
  assertEquals([best("mIoU"), best("loss"), best("car")], [2, 3, 4]);
  assertEquals(courseOf(lines.slice(1), "car").best!.step, 4);
  const config = { bestBy: "car", validate: { every: 1, images: 1 } };
  requireBestBy(config, ["road", "car"]);
  assertThrows(() => requireBestBy(config, ["road"]), RangeError, 'got "car"');
  assertThrows(() => requireBestBy({ ...config, validate: null }, ["car"]), RangeError, "without");
});

Deno.test("lookWords() tells a validation, the best one and the course in a line", () => {
  const look = (step: number, mIoU: number) => ({ step, "val/mIoU": mIoU, "val/loss": 0.614 });
  assertEquals(
    lookWords([look(100, 0.5), { step: 110, lr: 1 }], 300),
    "step 100/300 · val mIoU 50.0 % (the best) · val loss 0.61",
  );
  assertEquals(
    lookWords([look(100, 0.5), look(200, 0.53), look(300, 0.521)], 300),
    "step 300/300 · val mIoU 52.1 % (best 53.0 % at 200) · val loss 0.61 · ▁█▆",
  );
});

Deno.test("usualValidation() looks ten times, at more images the longer a run is", () => {
  const looks = (steps: number) =>
    usualValidation(
      { steps, batch: 8, accumulate: 1, stride: 240 },
      { width: 480, height: 360 },
      101,
    );
  assertEquals(looks(1350), { every: 135, images: 18 });
  assertEquals(looks(95), { every: 10, images: 8 });
  assertEquals(looks(100_000), { every: 10_000, images: 101 });
});
