import { IGNORE } from "../images/image.ts";

/** Bins of confidence, as in Guo et al. 2017 ("On Calibration of Modern Neural Networks"). */
const BINS = 15;
/** A mean of 32-bit softmax values may be above 1 by rounding. */
const ROUNDING = 1e-3;

/** The pixels whose confidence is above `from` and at most `to` (in the first bin, 0 too). */
export interface ReliabilityBin {
  /** Where the bin begins. */
  readonly from: number;
  /** Where it ends. */
  readonly to: number;
  /** Share of all scored pixels. */
  readonly share: number;
  /** Mean confidence of these pixels; NaN where there are none. */
  readonly confidence: number;
  /** Share of these pixels that are right; NaN where there are none. */
  readonly accuracy: number;
}

/** How far confidence and correctness are apart. */
export interface CalibrationScores {
  /**
   * Expected calibration error: the mean over pixels of the distance between accuracy and mean
   * confidence of their bin. NaN where no pixel has a confidence.
   */
  readonly expectedError: number;
  /** From the lowest confidence to the highest. */
  readonly bins: readonly ReliabilityBin[];
}

/** Confidence against correctness of pixels, in 15 bins of equal width, added up image by image. */
export class Calibration {
  readonly #pixels = new Float64Array(BINS);
  readonly #confidence = new Float64Array(BINS);
  readonly #right = new Float64Array(BINS);

  /**
   * Adds the probability of the predicted class of an image's pixels [h, w], but for those labelled
   * IGNORE; if one is no probability, none of them.
   */
  add(labels: Uint8Array, prediction: Uint8Array, confidence: Float32Array): void {
    if (confidence.length !== labels.length) {
      throw new RangeError(
        `Cannot count confidences: it needs one for each of ${labels.length} labels, got ` +
          `${confidence.length}`,
      );
    }
    const pixels = new Uint32Array(BINS);
    const sums = new Float64Array(BINS);
    const right = new Uint32Array(BINS);
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (label === IGNORE) continue;
      const value = confidence[i]!;
      if (!(value >= 0 && value <= 1 + ROUNDING)) throw noProbability(value, i);
      const scaled = value * BINS;
      let bin = Math.trunc(scaled);
      if (bin > 0 && (bin === scaled || bin === BINS)) bin--; // a bin's upper end belongs to it
      pixels[bin]!++;
      sums[bin]! += value;
      if (label === prediction[i]) right[bin]!++;
    }
    for (let bin = 0; bin < BINS; bin++) {
      this.#pixels[bin]! += pixels[bin]!;
      this.#confidence[bin]! += sums[bin]!;
      this.#right[bin]! += right[bin]!;
    }
  }

  /** Scores so far. */
  result(): CalibrationScores {
    const total = this.#pixels.reduce((sum, count) => sum + count, 0);
    const bins = Array.from(this.#pixels, (pixels, bin) => ({
      from: bin / BINS,
      to: (bin + 1) / BINS,
      share: pixels / total,
      confidence: this.#confidence[bin]! / pixels,
      accuracy: this.#right[bin]! / pixels,
    }));
    const errors = bins.filter(({ share }) => share > 0)
      .map(({ share, confidence, accuracy }) => share * Math.abs(accuracy - confidence));
    const expectedError = total === 0 ? NaN : errors.reduce((sum, error) => sum + error, 0);
    return { expectedError, bins };
  }
}

function noProbability(value: number, index: number): RangeError {
  return new RangeError(
    `Cannot count confidences: it needs probabilities from 0 to 1, got ${value} at pixel ${index}`,
  );
}
