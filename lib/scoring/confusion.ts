import { IGNORE } from "../images/image.ts";

/** Scores in 0 to 1 over all pixels so far; NaN where there is nothing to score. */
export interface Metrics {
  /** Share of the labelled pixels that are right. */
  readonly pixelAccuracy: number;
  /** Mean of `accuracy` over the classes that have one. */
  readonly meanAccuracy: number;
  /** Mean of `iou` over the classes that have one. */
  readonly mIoU: number;
  /** Mean of `iou` weighted by the labelled pixels of each class. */
  readonly frequencyWeightedIoU: number;
  /** Mean of `dice` over the classes that have one. */
  readonly meanDice: number;
  /** Intersection over union by class; NaN for a class in neither labels nor predictions. */
  readonly iou: readonly number[];
  /** Twice the intersection over both areas by class; NaN where `iou` is. */
  readonly dice: readonly number[];
  /** Share of each class's labelled pixels that are right; NaN for a class not in the labels. */
  readonly accuracy: readonly number[];
  /** Labelled pixels by class. */
  readonly pixels: readonly number[];
}

/** Pixels by class: rightly predicted, labelled, and predicted (where something is labelled). */
export interface ClassTotals {
  readonly right: readonly number[];
  readonly labelled: readonly number[];
  readonly predicted: readonly number[];
}

/** Pixel counts by label (row) and prediction (column), added up image by image. */
export class ConfusionMatrix {
  /** Row-major [classes, classes]; exact up to 2^53 pixels. */
  readonly counts: Float64Array;

  constructor(readonly classes: number) {
    if (!Number.isInteger(classes) || classes < 1 || classes > IGNORE) {
      throw new RangeError(`Cannot count classes: it needs 1 to ${IGNORE} of them, got ${classes}`);
    }
    this.counts = new Float64Array(classes * classes);
  }

  /** Counts one image's pixels but for those labelled 255; if one is out of range, none of them. */
  add(predictions: Uint8Array | Uint16Array, labels: Uint8Array): void {
    if (predictions.length !== labels.length) {
      throw new RangeError(
        `Cannot count predictions: it needs one for each of ${labels.length} labels, ` +
          `got ${predictions.length}`,
      );
    }
    const { classes } = this;
    const added = new Uint32Array(classes * classes);
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (label === IGNORE) continue;
      const prediction = predictions[i]!;
      if (label >= classes || prediction >= classes) throw this.#outside(label, prediction, i);
      added[label * classes + prediction]!++;
    }
    added.forEach((count, cell) => this.counts[cell]! += count);
  }

  /** Adds another matrix's counts. */
  merge(other: ConfusionMatrix): void {
    if (other.classes !== this.classes) {
      throw new RangeError(
        `Cannot merge confusion matrices: it needs ${this.classes} classes, got ${other.classes}`,
      );
    }
    other.counts.forEach((count, cell) => this.counts[cell]! += count);
  }

  /** Sums of the counts by class. */
  totals(): ClassTotals {
    const { classes, counts } = this;
    const right = new Array<number>(classes).fill(0);
    const labelled = new Array<number>(classes).fill(0);
    const predicted = new Array<number>(classes).fill(0);
    for (let label = 0; label < classes; label++) {
      right[label] = counts[label * classes + label]!;
      for (let prediction = 0; prediction < classes; prediction++) {
        const count = counts[label * classes + prediction]!;
        labelled[label]! += count;
        predicted[prediction]! += count;
      }
    }
    return { right, labelled, predicted };
  }

  /** The scores so far, as mmseg 0.x defines them; frequency-weighted IoU as Long et al. 2015 do. */
  metrics(): Metrics {
    const { right, labelled, predicted } = this.totals();
    const total = sum(labelled);
    const accuracy = right.map((count, i) => count / labelled[i]!);
    const iou = right.map((count, i) => count / (labelled[i]! + predicted[i]! - count));
    const dice = right.map((count, i) => 2 * count / (labelled[i]! + predicted[i]!));
    const weighted = iou.map((share, i) => labelled[i] === 0 ? 0 : labelled[i]! * share);
    return {
      pixelAccuracy: sum(right) / total,
      meanAccuracy: nanMean(accuracy),
      mIoU: nanMean(iou),
      frequencyWeightedIoU: sum(weighted) / total,
      meanDice: nanMean(dice),
      iou,
      dice,
      accuracy,
      pixels: labelled,
    };
  }

  #outside(label: number, prediction: number, index: number): RangeError {
    const what = label >= this.classes ? "label" : "prediction";
    const got = label >= this.classes ? label : prediction;
    const needs = `0 to ${this.classes - 1}${what === "label" ? ` or ${IGNORE} (ignored)` : ""}`;
    return new RangeError(
      `Cannot count predictions: it needs every ${what} in ${needs}, got ${got} at pixel ${index}`,
    );
  }
}

/** The mean of the values that are not NaN; NaN where there is none. */
export function nanMean(values: readonly number[]): number {
  const present = values.filter((value) => !Number.isNaN(value));
  return sum(present) / present.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
