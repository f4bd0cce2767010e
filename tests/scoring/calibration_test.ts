import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { stream } from "../../lib/random.ts";
import { Calibration } from "../../lib/scoring/calibration.ts";

Deno.test("Calibration gives the error of two bins by hand", () => {
  const calibration = new Calibration();
  // Bin (0.8, 0.867]: 0.85 right, 0.85 wrong. Bin (0.2, 0.267]: 0.25 right. The ignored one is none.
  calibration.add(
    Uint8Array.of(1, 1, 0, 255),
    Uint8Array.of(1, 0, 0, 0),
    Float32Array.of(0.85, 0.85, 0.25, 0.99),
  );
  const { expectedError, bins } = calibration.result();
  assertAlmostEquals(expectedError, (2 * (0.85 - 0.5) + (1 - 0.25)) / 3, 1e-7);
  assertEquals(bins.map(({ share }) => share).filter((share) => share > 0), [1 / 3, 2 / 3]);
  assertEquals([bins[12]!.accuracy, bins[3]!.accuracy, bins[0]!.accuracy], [0.5, 1, NaN]);
  assertAlmostEquals(bins[12]!.from, 0.8, 1e-12);
});

Deno.test("Calibration puts a bin's upper end, 0 and rounded ones where they belong", () => {
  const calibration = new Calibration();
  const confidence = Float32Array.of(0, 1, 1.00001, 0.2, 3 / 15 + 1e-6);
  calibration.add(new Uint8Array(5), new Uint8Array(5), confidence);
  const filled = calibration.result().bins.flatMap(({ share }, bin) =>
    new Array(Math.round(5 * share)).fill(bin)
  );
  assertEquals(filled, [0, 3, 3, 14, 14]); // 0.2 as 32-bit float is above 0.2
});

Deno.test("Calibration equals a count of every bin's pixels, in any order of images", () => {
  const random = stream("calibration", 1);
  const n = 3000;
  const confidence = Float32Array.from({ length: n }, () => random.uniform());
  const labels = Uint8Array.from({ length: n }, () => random.uniform() < 0.1 ? 255 : 0);
  const prediction = Uint8Array.from(confidence, (c) => random.uniform() < c * c ? 0 : 1);
  let expected = 0;
  const kept = [...confidence.keys()].filter((i) => labels[i] !== 255);
  for (let bin = 0; bin < 15; bin++) {
    const own = kept.filter((i) => confidence[i]! > bin / 15 && confidence[i]! <= (bin + 1) / 15);
    const right = own.filter((i) => prediction[i] === 0).length;
    const sum = own.reduce((total, i) => total + confidence[i]!, 0);
    expected += Math.abs(right - sum) / kept.length;
  }
  const parts = [[0, 1000], [1000, 1700], [1700, n]] as const;
  for (const order of [parts, parts.toReversed()]) {
    const calibration = new Calibration();
    for (const part of order) {
      calibration.add(
        labels.slice(...part),
        prediction.slice(...part),
        confidence.slice(...part),
      );
    }
    assertAlmostEquals(calibration.result().expectedError, expected, 1e-12);
  }
});

Deno.test("Calibration refuses what is no probability and then counts nothing", () => {
  const calibration = new Calibration();
  const add = (...values: number[]) =>
    calibration.add(new Uint8Array(2), new Uint8Array(2), Float32Array.from(values));
  assertThrows(() => add(0.5, NaN), RangeError, "from 0 to 1, got NaN at pixel 1");
  assertThrows(() => add(2, 0.5), RangeError, "got 2 at pixel 0");
  assertThrows(() => add(0.5), RangeError, "one for each of 2 labels, got 1");
  assertEquals(calibration.result().expectedError, NaN);
});
