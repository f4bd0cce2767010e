import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { IGNORE } from "../../lib/images/image.ts";
import { stream } from "../../lib/random.ts";
import { type ScoredImage, ScoreSheet } from "../../lib/scoring/score_sheet.ts";
import { labelMap } from "../data/fixtures.ts";
import { blobs, predictedBlobs } from "./blobs.ts";

const random = stream("scores", 1);
const images: ScoredImage[] = Array.from({ length: 3 }, (_, i) => {
  const [width, height] = [40 + i, 50];
  const confidence = Float32Array.from({ length: width * height }, () => random.uniform());
  return {
    labels: blobs(width, height, 3, random),
    prediction: { labels: predictedBlobs(width, height, 3, random), confidence },
    instances: null,
  };
});

function resultOf(order: readonly ScoredImage[]) {
  const scores = new ScoreSheet(3);
  for (const image of order) scores.add(image);
  return scores.result();
}

Deno.test("Scores are 1 when every labelled pixel is right", () => {
  const perfect = images.map(({ labels }): ScoredImage => ({
    labels,
    prediction: {
      labels: { ...labels, data: labels.data.map((label) => label === IGNORE ? 2 : label) },
      confidence: new Float32Array(labels.data.length).fill(1),
    },
    instances: null,
  }));
  const scores = new ScoreSheet(3);
  for (const image of perfect) assertEquals(scores.add(image), { mIoU: 1, pixelAccuracy: 1 });
  const { metrics, boundary, bySize, calibration, images: count } = scores.result();
  assertEquals(count, 3);
  const { mIoU, pixelAccuracy, meanAccuracy, frequencyWeightedIoU, meanDice } = metrics;
  assertEquals([mIoU, pixelAccuracy, meanAccuracy, meanDice], [1, 1, 1, 1]);
  assertAlmostEquals(frequencyWeightedIoU, 1, 1e-12);
  assertEquals([boundary.mean, bySize.small.mean], [1, 1]);
  assertEquals(calibration.expectedError, 0);
});

Deno.test("Scores do not depend on the order of images nor on what is predicted for ignored pixels", () => {
  const { calibration, ...others } = resultOf(images);
  const { calibration: turned, ...same } = resultOf(images.toReversed());
  assertEquals(same, others);
  assertAlmostEquals(turned.expectedError, calibration.expectedError, 1e-12);

  const elsewhere = images.map((image): ScoredImage => {
    const data = image.prediction.labels.data.map((label, i) => {
      return image.labels.data[i] === IGNORE ? (label + 1) % 3 : label;
    });
    const confidence = image.prediction.confidence!.map((value, i) => {
      return image.labels.data[i] === IGNORE ? 0.5 : value;
    });
    return { ...image, prediction: { labels: { ...image.labels, data }, confidence } };
  });
  assertEquals(resultOf(elsewhere), resultOf(images));
});

Deno.test("Scores.add() gives the image's own scores over the classes that occur in it", () => {
  const labels = labelMap(4, 1, (x) => [0, 0, 1, IGNORE][x]!);
  const prediction = { labels: labelMap(4, 1, (x) => [0, 1, 1, 2][x]!), confidence: null };
  const scores = new ScoreSheet(4);
  assertEquals(scores.add({ labels, prediction, instances: null }), {
    mIoU: (1 / 2 + 1 / 2) / 2,
    pixelAccuracy: 2 / 3,
  });
  assertEquals(scores.result().confusion, [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]);
  assertEquals(scores.result().calibration.expectedError, NaN);
});

Deno.test("Scores are NaN when nothing is labelled", () => {
  const scores = new ScoreSheet(2);
  const labels = labelMap(3, 3, () => IGNORE);
  const prediction = { labels: labelMap(3, 3, () => 1), confidence: new Float32Array(9) };
  assertEquals(scores.add({ labels, prediction, instances: null }), {
    mIoU: NaN,
    pixelAccuracy: NaN,
  });
  const { metrics, boundary, bySize, calibration } = scores.result();
  const { mIoU, meanDice, frequencyWeightedIoU } = metrics;
  const numbers = [mIoU, meanDice, frequencyWeightedIoU, boundary.mean, bySize.large.mean];
  assert([...numbers, calibration.expectedError].every(Number.isNaN));
});

Deno.test("Scores.add() refuses maps that do not fit and counts nothing of them", () => {
  const scores = new ScoreSheet(2);
  const labels = labelMap(3, 2, () => 0);
  const prediction = { labels: labelMap(2, 3, () => 0), confidence: null };
  assertThrows(
    () => scores.add({ labels, prediction, instances: null }),
    RangeError,
    "its labels' size 3×2, got 2×3",
  );
  const fitting = { labels, confidence: null };
  assertThrows(
    () => scores.add({ labels, prediction: fitting, instances: new Uint16Array(5) }),
    RangeError,
    "one id for each of 6 pixels, got 5",
  );
  const confidence = new Float32Array(6).fill(NaN);
  assertThrows(
    () => scores.add({ labels, prediction: { labels, confidence }, instances: null }),
    RangeError,
    "got NaN at pixel 0",
  );
  assertEquals([scores.result().images, scores.result().confusion], [0, [[0, 0], [0, 0]]]);
});
