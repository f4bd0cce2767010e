import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ConfusionMatrix } from "../../lib/scoring/confusion.ts";
import { golden, goldenFile, goldenTest } from "../golden.ts";
import { assertSame } from "../same.ts";

const file = await golden("metrics");
const json = goldenFile("metrics.json");

/** The confusion matrix of all images of a case. */
function counted(name: string): ConfusionMatrix {
  const { num_classes: classes } = file.config[name];
  const whole = new ConfusionMatrix(classes);
  for (const image of file.names(`in/${name}/pred`)) {
    const matrix = new ConfusionMatrix(classes);
    matrix.add(file.labels(`in/${name}/pred${image}`), file.labels(`in/${name}/label${image}`));
    whole.merge(matrix);
  }
  return whole;
}

for (const images of file.cases(({ config }) => Object.keys(config))) {
  const { name } = images;
  goldenTest(`ConfusionMatrix gives mmseg's counts and scores when it is ${name}`, images, () => {
    const whole = counted(name);
    assertSame(whole.counts, file.numbers(`out/${name}/confusion`));
    const { accuracy, iou, dice, pixelAccuracy, meanAccuracy, mIoU } = whole.metrics();
    assertSame(Float64Array.from(accuracy), file.numbers(`out/${name}/Acc`));
    assertSame(Float64Array.from(iou), file.numbers(`out/${name}/IoU`));
    // NumPy adds more than 8 numbers in pairs: the last bit of a mean may differ.
    const [aAcc, mAcc, mean] = file.numbers(`out/${name}/aAcc_mAcc_mIoU`);
    assertEquals(pixelAccuracy, aAcc);
    assertAlmostEquals(meanAccuracy, mAcc!, 1e-15);
    assertAlmostEquals(mIoU, mean!, 1e-15);
    // Each is the other's function: Dice is 2 IoU / (1 + IoU).
    iou.forEach((share, i) => assertAlmostEquals(dice[i]!, 2 * share / (1 + share), 1e-15));
  });

  goldenTest(
    `metrics() gives the official Segmenter's percent when it is ${name}`,
    [images, json],
    async () => {
      const { pixelAccuracy, meanAccuracy, mIoU } = counted(name).metrics();
      const percent = [pixelAccuracy, meanAccuracy, mIoU].map((x) => Number((100 * x).toFixed(2)));
      const reference = JSON.parse(await Deno.readTextFile(json.path));
      assertEquals(percent, reference[name].segmenter_rounded_percent);
    },
  );
}

Deno.test("metrics() is NaN only for classes that do not occur", () => {
  const matrix = new ConfusionMatrix(4);
  matrix.add(Uint8Array.of(0, 2, 3, 0), Uint8Array.of(0, 0, 255, 0));
  const { accuracy, iou, pixels, mIoU, pixelAccuracy } = matrix.metrics();
  assertEquals(accuracy, [2 / 3, NaN, NaN, NaN]);
  assertEquals(iou, [2 / 3, NaN, 0, NaN]); // 3 was only predicted where nothing counts
  assertEquals(pixels, [3, 0, 0, 0]);
  assertEquals([mIoU, pixelAccuracy], [1 / 3, 2 / 3]);
  assert(Number.isNaN(new ConfusionMatrix(2).metrics().mIoU));
});

Deno.test("metrics() gives Dice and frequency-weighted IoU by hand", () => {
  const matrix = new ConfusionMatrix(4);
  // Class 0: 3 labelled, 2 right, 4 predicted. Class 1: 2 labelled, never predicted. Class 2 is
  // predicted once, where class 0 is labelled; class 3 occurs nowhere.
  matrix.add(Uint8Array.of(0, 0, 2, 0, 0), Uint8Array.of(0, 0, 0, 1, 1));
  const { dice, meanDice, frequencyWeightedIoU } = matrix.metrics();
  assertEquals(dice, [4 / 7, 0, 0, NaN]);
  assertAlmostEquals(meanDice, 4 / 7 / 3, 1e-15);
  assertAlmostEquals(frequencyWeightedIoU, 3 / 5 * (2 / 5), 1e-15);
});

Deno.test("add() counts nothing when a label or a prediction is out of range", () => {
  const matrix = new ConfusionMatrix(3);
  const label = () => matrix.add(Uint8Array.of(0, 1), Uint8Array.of(0, 3));
  assertEquals(
    assertThrows(label, RangeError).message,
    "Cannot count predictions: it needs every label in 0 to 2 or 255 (ignored), got 3 at pixel 1",
  );
  const prediction = () => matrix.add(Uint16Array.of(0, 300), Uint8Array.of(0, 1));
  assertThrows(prediction, RangeError, "prediction in 0 to 2, got 300 at pixel 1");
  assertThrows(() => matrix.add(Uint8Array.of(0), Uint8Array.of(0, 1)), RangeError, "got 1");
  assertEquals(matrix.counts, new Float64Array(9));
});

Deno.test("merge() refuses when the other matrix has other classes", () => {
  assertThrows(() => new ConfusionMatrix(3).merge(new ConfusionMatrix(2)), RangeError, "got 2");
});
