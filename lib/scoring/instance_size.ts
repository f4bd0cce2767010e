import { IGNORE, type LabelMap } from "../images/image.ts";
import { nanMean } from "../statistics.ts";
import { type Regions, regionsOf } from "../images/regions.ts";

/** A group of instances of about one size. */
export type SizeGroup = "small" | "medium" | "large";

/** Instances are scored in groups by their size, the smallest first. */
export const sizeGroups: readonly SizeGroup[] = ["small", "medium", "large"];

/** The areas in pixels from which instances are medium and large: COCO's, 32² and 96². */
export const SIZE_LIMITS: readonly [number, number] = [32 ** 2, 96 ** 2];

const [medium, large] = SIZE_LIMITS.map((limit) => `${Math.sqrt(limit)}²`) as [string, string];

/** The areas of instances of each size, in words. */
export const sizeRanges: Readonly<Record<SizeGroup, string>> = {
  small: `below ${medium} pixels`,
  medium: `${medium} to ${large} pixels`,
  large: `from ${large} pixels`,
};

/** Scores of the instances of one size. */
export interface SizeScores {
  /** Mean of `iou` over the classes that have instances of this size; NaN where none has. */
  readonly mean: number;
  /** IoU by class; NaN for a class whose labels have no instance of this size. */
  readonly iou: readonly number[];
  /** Instances in the labels by class. */
  readonly instances: readonly number[];
}

/** The instances of a size in all classes together. */
export function instanceCount({ instances }: Pick<SizeScores, "instances">): number {
  return instances.reduce((sum, count) => sum + count, 0);
}

/**
 * IoU by the size of instances, added up over a set: what Segmenter's table 4 asks, whose code was
 * never published (rstrudel/segmenter#52), so the definition here is our own.
 *
 * - An instance is what the data set says, and where it says nothing a connected component of a
 *   class (`regionsOf`). Its size is its area in labelled pixels of the label map, by COCO's limits.
 * - A semantic map has no predicted instances, so the pixels of a class are divided by size as in
 *   the ordinary IoU. A labelled pixel belongs to the size of its instance: found or missed there.
 * - A pixel that wrongly has the class belongs to the size that its connected component in the
 *   prediction has most pixels in common with (the smaller one of equals): too much around a small
 *   instance counts against the small ones only. A component without any true pixel has its own
 *   area's size, as COCO does with detections that match nothing.
 *
 * So the sizes' intersections and unions add up to those of the ordinary IoU.
 */
export class InstanceSizes {
  readonly #intersections: Float64Array;
  readonly #unions: Float64Array;
  readonly #instances: Float64Array;

  constructor(readonly classes: number) {
    this.#intersections = new Float64Array(classes * sizeGroups.length);
    this.#unions = new Float64Array(classes * sizeGroups.length);
    this.#instances = new Float64Array(classes * sizeGroups.length);
  }

  /** Adds an image's labels and prediction [h, w], IGNORE in both where nothing counts. */
  add(labels: LabelMap, prediction: LabelMap, instances: Uint16Array | null): void {
    const truth = regionsOf(labels, instances);
    const found = regionsOf(prediction, null);
    const classOf = regionClasses(truth);
    const sizesOf = Uint8Array.from(truth.areas, groupOf);
    sizesOf.forEach((size, region) => {
      if (classOf[region] !== IGNORE) this.#instances[place(classOf[region]!, size)]!++;
    });
    const { common, wrong } = this.#countSegments(truth, sizesOf, found);
    const classFound = regionClasses(found);
    found.areas.forEach((area, region) => {
      if (wrong[region] === 0) return;
      const shared = common.subarray(region * sizeGroups.length, (region + 1) * sizeGroups.length);
      const most = Math.max(...shared);
      const size = most > 0 ? shared.indexOf(most) : groupOf(area);
      this.#unions[place(classFound[region]!, size)]! += wrong[region]!;
    });
  }

  /** Scores so far. */
  result(): Readonly<Record<SizeGroup, SizeScores>> {
    const scoresOf = (size: number): SizeScores => {
      const at = (counts: Float64Array) =>
        Array.from({ length: this.classes }, (_, label) => counts[place(label, size)]!);
      const [unions, instances] = [at(this.#unions), at(this.#instances)];
      const iou = at(this.#intersections).map((count, label) => {
        return instances[label] === 0 ? NaN : count / unions[label]!;
      });
      return { mean: nanMean(iou), iou, instances };
    };
    return { small: scoresOf(0), medium: scoresOf(1), large: scoresOf(2) };
  }

  /**
   * Counts stretches of a row within one region of both maps. Gives the pixels that each region of
   * the prediction shares with its class's instances [regions, sizes], and its wrong ones [regions].
   */
  #countSegments(truth: Regions, sizesOf: Uint8Array, found: Regions) {
    const common = new Float64Array(found.areas.length * sizeGroups.length);
    const wrong = new Float64Array(found.areas.length);
    for (let run = 0, other = 0, y = 0; y + 1 < truth.rows.length; y++) {
      for (let x = 0; run < truth.rows[y + 1]!;) {
        const [label, region] = [truth.classes[run]!, found.regions[other]!];
        const end = Math.min(truth.ends[run]!, found.ends[other]!);
        if (label !== IGNORE) {
          const size = sizesOf[truth.regions[run]!]!;
          this.#unions[place(label, size)]! += end - x;
          if (label === found.classes[other]) {
            this.#intersections[place(label, size)]! += end - x;
            common[region * sizeGroups.length + size]! += end - x;
          } else wrong[region]! += end - x;
        }
        if (found.ends[other] === end) other++;
        if (truth.ends[run] === end) run++;
        x = end;
      }
    }
    return { common, wrong };
  }
}

function groupOf(area: number): number {
  return SIZE_LIMITS.filter((limit) => area >= limit).length;
}

function place(label: number, size: number): number {
  return label * sizeGroups.length + size;
}

function regionClasses({ areas, regions, classes }: Regions): Uint8Array {
  const classOf = new Uint8Array(areas.length);
  regions.forEach((region, run) => classOf[region] = classes[run]!);
  return classOf;
}
