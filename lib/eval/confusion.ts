import { IGNORE } from "../data/dataset.ts";

/** Scores in 0 to 1 over all pixels so far; NaN where there is nothing to score. */
export interface Metrics {
  /** Share of the labelled pixels that are right. */
  readonly pixelAccuracy: number;
  /** Mean of `accuracy` over the classes that have one. */
  readonly meanAccuracy: number;
  /** Mean of `iou` over the classes that have one. */
  readonly mIoU: number;
  /** Intersection over union by class; NaN for a class in neither labels nor predictions. */
  readonly iou: readonly number[];
  /** Share of each class's labelled pixels that are right; NaN for a class not in the labels. */
  readonly accuracy: readonly number[];
  /** Labelled pixels by class. */
  readonly pixels: readonly number[];
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

  /** The scores so far, as mmseg 0.x defines them. */
  metrics(): Metrics {
    const { classes, counts } = this;
    const right = new Array<number>(classes).fill(0);
    const pixels = new Array<number>(classes).fill(0);
    const predicted = new Array<number>(classes).fill(0);
    for (let label = 0; label < classes; label++) {
      right[label] = counts[label * classes + label]!;
      for (let prediction = 0; prediction < classes; prediction++) {
        const count = counts[label * classes + prediction]!;
        pixels[label]! += count;
        predicted[prediction]! += count;
      }
    }
    const accuracy = right.map((count, i) => count / pixels[i]!);
    const iou = right.map((count, i) => count / (pixels[i]! + predicted[i]! - count));
    const pixelAccuracy = sum(right) / sum(pixels);
    return {
      pixelAccuracy,
      meanAccuracy: nanMean(accuracy),
      mIoU: nanMean(iou),
      iou,
      accuracy,
      pixels,
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

function nanMean(values: readonly number[]): number {
  const present = values.filter((value) => !Number.isNaN(value));
  return sum(present) / present.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
