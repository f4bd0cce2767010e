import type { Prediction } from "../inference/predictor.ts";
import { IGNORE, type LabelMap } from "../images/image.ts";

/** A threshold for the second of two classes, and the class's IoU with it. */
export interface Threshold {
  /** The probability from which on a pixel is of the class. */
  readonly probability: number;
  /** The same as a score: the logarithm of the odds. */
  readonly score: number;
  readonly IoU: number;
}

const STEPS = 100; // a unit of the score
const FARTHEST = 16; // float32 probabilities end there: 1 − 1e-7

/** Counts the scores of two classes' pixels, and finds the threshold between them. */
export class ThresholdSearch {
  /** Pixels of each class by score, in steps. */
  private readonly counts = [0, 1].map(() => new Float64Array(2 * FARTHEST * STEPS + 1));

  /** Adds an image whose labels are 0, 1 or ignored. */
  add({ labels: { data: predicted }, confidence }: Prediction, { data: labels }: LabelMap): void {
    for (const [i, label] of labels.entries()) {
      if (label === IGNORE) continue;
      const odds = confidence[i]! / (1 - confidence[i]!);
      const score = predicted[i] === 1 ? Math.log(odds) : -Math.log(odds);
      const place = Math.round((Math.max(-FARTHEST, Math.min(FARTHEST, score)) + FARTHEST) * STEPS);
      this.counts[label]![place]!++;
    }
  }

  /** The threshold with the highest IoU of the second class; null where no pixel is of it. */
  best(): Threshold | null {
    const [others, sought] = this.counts as [Float64Array, Float64Array];
    const all = sought.reduce((sum, count) => sum + count, 0);
    if (all === 0) return null;
    let [hits, misfires] = [0, 0];
    let best = { place: 0, IoU: -1 };
    for (let place = sought.length - 1; place >= 0; place--) {
      hits += sought[place]!;
      misfires += others[place]!;
      const IoU = hits / (all + misfires);
      if (IoU > best.IoU) best = { place, IoU };
    }
    const score = (best.place - 0.5) / STEPS - FARTHEST; // what is counted there is above it
    return { probability: 1 / (1 + Math.exp(-score)), score, IoU: best.IoU };
  }
}
