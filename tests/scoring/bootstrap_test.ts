import { assert, assertEquals, assertThrows } from "@std/assert";
import { stream } from "../../lib/random.ts";
import { bootstrapDifference } from "../../lib/scoring/bootstrap.ts";
import type { ClassTotals } from "../../lib/scoring/confusion.ts";

/** An image of 100 pixels, half of each of two classes, of which `wrong` have the other class. */
const image = (wrong: number): ClassTotals => ({
  right: [50, 50 - wrong],
  labelled: [50, 50],
  predicted: [50 + wrong, 50 - wrong],
});

Deno.test("bootstrapDifference() is a point when every image differs alike", () => {
  const [a, b] = [10, 0].map((wrong) => Array.from({ length: 7 }, () => image(wrong)));
  const mean = (50 / 60 + 40 / 50) / 2;
  assertEquals(bootstrapDifference(a!, b!), [1 - mean, 1 - mean]);
  assertEquals(bootstrapDifference(a!, a!), [0, 0]);
});

Deno.test("bootstrapDifference() is about two standard errors wide and repeats", () => {
  // B is right; A is wrong by 0 to 20 pixels. The spread of a mean of 100 such images follows.
  const random = stream("bootstrap test", 1);
  const wrong = Array.from({ length: 100 }, () => random.integer(0, 21));
  const [a, b] = [wrong.map(image), wrong.map(() => image(0))];
  const [low, high] = bootstrapDifference(a, b);
  const mean = wrong.reduce((sum, n) => sum + n, 0) / 100;
  const spread = Math.sqrt(wrong.reduce((sum, n) => sum + (n - mean) ** 2, 0) / 100);
  // For a mean of w wrong pixels mIoU is (50 / (50 + w) + (50 - w) / 50) / 2.
  const slope = (50 / (50 + mean) ** 2 + 1 / 50) / 2;
  const width = 2 * 1.96 * slope * spread / 10;
  assert(Math.abs((high - low) / width - 1) < 0.15, `${low} to ${high}, not ${width} wide`);
  assertEquals(bootstrapDifference(a, b), [low, high]);
  const [from, to] = bootstrapDifference(b, a);
  assert(Math.abs(from + high) < 1e-12 && Math.abs(to + low) < 1e-12);
});

Deno.test("bootstrapDifference() refuses other numbers of images", () => {
  assertThrows(() => bootstrapDifference([image(1)], []), RangeError, "got 1 and 0");
  assertThrows(() => bootstrapDifference([], []), RangeError, "at least one, got 0 and 0");
});
