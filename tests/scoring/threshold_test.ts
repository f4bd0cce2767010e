import { assertAlmostEquals, assertEquals } from "@std/assert";
import { IGNORE } from "../../lib/images/image.ts";
import { ThresholdSearch } from "../../lib/scoring/threshold.ts";

/** A prediction of two classes by the probabilities of the second. */
function predicted(probabilities: readonly number[]) {
  const data = Uint8Array.from(probabilities, (p) => p >= 0.5 ? 1 : 0);
  const confidence = Float32Array.from(probabilities, (p) => p >= 0.5 ? p : 1 - p);
  return { labels: { width: data.length, height: 1, data }, confidence };
}

function labelled(labels: readonly number[]) {
  return { width: labels.length, height: 1, data: Uint8Array.from(labels) };
}

Deno.test("ThresholdSearch finds the threshold with the highest IoU over several images", () => {
  const search = new ThresholdSearch();
  search.add(predicted([0.9, 0.3, 0.2, 0.05]), labelled([1, 1, 0, 0]));
  search.add(predicted([0.25, 0.01, 0.99]), labelled([1, 0, IGNORE]));
  // From 0.25 on: three hits and nothing else. At 0.5 one of three.
  const { probability, score, IoU } = search.best()!;
  assertEquals(IoU, 1);
  assertAlmostEquals(probability, 0.25, 0.002);
  assertAlmostEquals(score, Math.log(probability / (1 - probability)), 1e-9);
});

Deno.test("ThresholdSearch takes a threshold above 0.5 where that is better", () => {
  const search = new ThresholdSearch();
  search.add(predicted([0.95, 0.9, 0.6, 0.6, 0.6, 0.4]), labelled([1, 1, 0, 0, 1, 0]));
  // From 0.9 on 2 of 3; from 0.6 on 3 of 5.
  const { probability, IoU } = search.best()!;
  assertAlmostEquals(IoU, 2 / 3, 1e-12);
  assertAlmostEquals(probability, 0.9, 0.002);
});

Deno.test("ThresholdSearch has certain pixels, and none without the class", () => {
  const search = new ThresholdSearch();
  search.add(predicted([0, 0]), labelled([0, 0]));
  assertEquals(search.best(), null);
  search.add(predicted([1, 0]), labelled([1, 0]));
  assertEquals(search.best()!.IoU, 1);
});
