import { IGNORE, type LabelMap } from "../images/image.ts";
import { nanMean } from "./confusion.ts";

/** The width of a boundary as a share of the image's diagonal. */
const DILATION_RATIO = 0.02;

/** Scores of the pixels near the boundaries of classes. */
export interface BoundaryScores {
  /** Mean of `iou` over the classes that have one. */
  readonly mean: number;
  /** Boundary IoU by class; NaN for a class in neither labels nor predictions. */
  readonly iou: readonly number[];
}

/**
 * Boundary IoU of Cheng et al. 2021 ("Boundary IoU: Improving Object-Centric Image Segmentation
 * Evaluation"): the IoU of those pixels of a class that are within a distance of its boundary, 2 % of
 * the image's diagonal, in labels and prediction each.
 *
 * The paper scores instances one by one. Here the masks are those of the classes, and intersections
 * and unions are added up over the set, as mIoU does: a class's score does not depend on how its
 * pixels are spread over images. Ignored pixels are in no class's mask, in either map, so the border
 * to them is a boundary of both, like the image's own border is in the paper's code.
 */
export class BoundaryIou {
  readonly #intersections: Float64Array;
  readonly #labelled: Float64Array;
  readonly #predicted: Float64Array;

  constructor(classes: number) {
    this.#intersections = new Float64Array(classes);
    this.#labelled = new Float64Array(classes);
    this.#predicted = new Float64Array(classes);
  }

  /** Adds an image's labels and prediction [h, w], IGNORE in both where nothing counts. */
  add(labels: LabelMap, prediction: LabelMap): void {
    const distance = boundaryDistance(labels);
    const [a, b] = [boundaryOf(labels, distance), boundaryOf(prediction, distance)];
    for (let i = 0; i < a.length; i++) {
      const [label, predicted] = [a[i]!, b[i]!];
      if (label !== IGNORE) this.#labelled[label]!++;
      if (predicted === IGNORE) continue;
      this.#predicted[predicted]!++;
      if (label === predicted) this.#intersections[label]!++;
    }
  }

  /** Scores so far. */
  result(): BoundaryScores {
    const iou = Array.from(this.#intersections, (count, label) => {
      return count / (this.#labelled[label]! + this.#predicted[label]! - count);
    });
    return { mean: nanMean(iou), iou };
  }
}

/** The distance from a class's boundary in pixels that counts for maps of a size; 1 at least. */
export function boundaryDistance({ width, height }: Pick<LabelMap, "width" | "height">): number {
  return Math.max(1, Math.round(DILATION_RATIO * Math.hypot(width, height)));
}

/**
 * The class of each pixel of a map [h, w] that is less than `distance` pixels inside its class, IGNORE
 * elsewhere: what the paper gets as a mask less its erosion by a 3×3 square, `distance` times. That
 * erosion is one by a square of side 2 × distance + 1, done here for all classes at once: a pixel
 * stays where its row's stretch is uniform so far on both sides, and those stretches are its column's.
 */
export function boundaryOf({ width, height, data }: LabelMap, distance: number): Uint8Array {
  const inner = innerOfRows(width, height, data, distance);
  const boundary = data.slice();
  const uniform = new Int32Array(width).fill(1); // pixels above each other that are equal in `inner`
  for (let y = 1, i = width; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = inner[i]!;
      const count = label === inner[i - width] ? uniform[x]! + 1 : 1;
      uniform[x] = count;
      if (count > 2 * distance && label !== IGNORE) boundary[i - distance * width] = IGNORE;
    }
  }
  return boundary;
}

/** The class of each pixel whose row is of that class `distance` pixels far; IGNORE elsewhere. */
function innerOfRows(width: number, height: number, data: Uint8Array, distance: number) {
  const inner = new Uint8Array(data.length).fill(IGNORE);
  for (let y = 0, i = 0; y < height; y++) {
    for (const end = (y + 1) * width; i < end;) {
      const [label, start] = [data[i]!, i];
      do i++; while (i < end && data[i] === label);
      if (i - start > 2 * distance) inner.fill(label, start + distance, i - distance);
    }
  }
  return inner;
}
