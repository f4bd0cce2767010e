import { IGNORE, type LabelMap } from "../images/image.ts";
import { BoundaryIou, type BoundaryScores } from "./boundary_iou.ts";
import { Calibration, type CalibrationScores } from "./calibration.ts";
import { ConfusionMatrix, type Metrics } from "./confusion.ts";
import { InstanceSizes, type SizeGroup, type SizeScores } from "./instance_size.ts";

/** An image's labels and what was predicted for them, all [h, w]. */
export interface ScoredImage {
  readonly labels: LabelMap;
  readonly prediction: {
    readonly labels: LabelMap;
    /** The probability of each pixel's predicted class; null where it was not kept. */
    readonly confidence: Float32Array | null;
  };
  /** The instance of each pixel, 0 for none; null where the data set has no instances. */
  readonly instances: Uint16Array | null;
}

/** Scores of one image in 0 to 1; NaN where no pixel is labelled. */
export interface ImageScore {
  /** Mean IoU of the classes that occur in the image's labels or prediction. */
  readonly mIoU: number;
  readonly pixelAccuracy: number;
}

/** Scores of a set in 0 to 1; NaN where there is nothing to score. */
export interface SetScores {
  /** How many were scored. */
  readonly images: number;
  /** What follows from the confusion matrix. */
  readonly metrics: Metrics;
  /** Pixels by label (row) and prediction (column). */
  readonly confusion: readonly (readonly number[])[];
  /** How well the borders of classes are met. */
  readonly boundary: BoundaryScores;
  /** Scores of small, medium and large instances. */
  readonly bySize: Readonly<Record<SizeGroup, SizeScores>>;
  /** How far the network's confidence is right. */
  readonly calibration: CalibrationScores;
}

/** All scores of a set, added up image by image. Pixels labelled IGNORE count nowhere. */
export class ScoreSheet {
  #images = 0;
  readonly #confusion: ConfusionMatrix;
  readonly #boundary: BoundaryIou;
  readonly #sizes: InstanceSizes;
  readonly #calibration = new Calibration();

  constructor(readonly classes: number) {
    this.#confusion = new ConfusionMatrix(classes);
    this.#boundary = new BoundaryIou(classes);
    this.#sizes = new InstanceSizes(classes);
  }

  /** Adds an image; if its prediction is refused, nothing of it. */
  add({ labels, prediction, instances }: ScoredImage): ImageScore {
    requireSizes(labels, prediction.labels, instances);
    const confusion = new ConfusionMatrix(this.classes);
    confusion.add(prediction.labels.data, labels.data);
    if (prediction.confidence) {
      this.#calibration.add(labels.data, prediction.labels.data, prediction.confidence);
    }
    this.#confusion.merge(confusion);
    const visible = whereLabelled(prediction.labels, labels);
    this.#boundary.add(labels, visible);
    this.#sizes.add(labels, visible, instances);
    this.#images++;
    const { mIoU, pixelAccuracy } = confusion.metrics();
    return { mIoU, pixelAccuracy };
  }

  /** The scores of all images so far. */
  result(): SetScores {
    const { classes } = this;
    const rows = Array.from({ length: classes }, (_, label) => {
      return [...this.#confusion.counts.subarray(label * classes, (label + 1) * classes)];
    });
    return {
      images: this.#images,
      metrics: this.#confusion.metrics(),
      confusion: rows,
      boundary: this.#boundary.result(),
      bySize: this.#sizes.result(),
      calibration: this.#calibration.result(),
    };
  }
}

function requireSizes(labels: LabelMap, prediction: LabelMap, instances: Uint16Array | null): void {
  const { width, height } = labels;
  if (prediction.width !== width || prediction.height !== height) {
    throw new RangeError(
      `Cannot score a prediction: it needs its labels' size ${width}×${height}, got ` +
        `${prediction.width}×${prediction.height}`,
    );
  }
  if (instances && instances.length !== width * height) {
    throw new RangeError(
      `Cannot score by instances: it needs one id for each of ${width * height} pixels, got ` +
        `${instances.length}`,
    );
  }
}

/** A prediction with IGNORE where the labels have it. */
function whereLabelled({ width, height, data }: LabelMap, labels: LabelMap): LabelMap {
  const visible = data.slice();
  for (let i = 0; i < visible.length; i++) if (labels.data[i] === IGNORE) visible[i] = IGNORE;
  return { width, height, data: visible };
}
