import { areasOf, checkObjects, type ObjectKey, type Objects } from "../images/objects.ts";
import { nanMean } from "../statistics.ts";

/** Panoptic, segmentation and recognition quality, from 0 to 1; NaN where there is nothing to score. */
export interface Quality {
  /** The product of the other two: the sum of IoU over matches, by matches + (missed + wrong) / 2. */
  readonly pq: number;
  /** The mean IoU of matches; 0 where there is none. */
  readonly sq: number;
  /** Matches by matches + (missed + wrong) / 2. */
  readonly rq: number;
}

/** The quality of a class, and what it is made of. */
export interface ClassQuality extends Quality {
  /** Segments that are found: of the class in both, with more than half of their union in common. */
  readonly matched: number;
  /** Segments that are found by none. */
  readonly missed: number;
  /** Segments that are predicted and match none. */
  readonly wrong: number;
  /** The sum of IoU over matches. */
  readonly iouSum: number;
}

/** Means over classes, and how many of them occur, in the truth or in what is predicted. */
export interface MeanQuality extends Quality {
  /** How many classes occur. */
  readonly classes: number;
}

/** The panoptic quality of a set. */
export interface PanopticScores {
  /** Over all classes. */
  readonly all: MeanQuality;
  /** Over those of things. */
  readonly things: MeanQuality;
  /** Over those of stuff. */
  readonly stuff: MeanQuality;
  /** By the index of the class. */
  readonly perClass: readonly ClassQuality[];
}

/**
 * Panoptic quality (Kirillov et al. 2019), added up image by image, with the rules of COCO's panopticapi:
 * what is void in the truth leaves a predicted segment's area in the union; crowds are neither found
 * nor missed; a segment that matches nothing is not wrong where more than half of it lies in void and
 * the crowd of its class (the last one that is listed, should there be several).
 */
export class PanopticQuality {
  readonly #matched: Float64Array;
  readonly #missed: Float64Array;
  readonly #wrong: Float64Array;
  readonly #ious: Float64Array;

  /** For classes of things and stuff; names and colours are of no interest here. */
  constructor(readonly things: ObjectKey["things"]) {
    const { length } = things;
    this.#matched = new Float64Array(length);
    this.#missed = new Float64Array(length);
    this.#wrong = new Float64Array(length);
    this.#ious = new Float64Array(length);
  }

  /** Adds an image's truth and what was predicted for it; if one of them is refused, neither. */
  add(truth: Objects, prediction: Objects): void {
    const doing = "Cannot score segments";
    checkObjects(truth, this.things.length, `${doing}: truth`);
    checkObjects(prediction, this.things.length, `${doing}: prediction`);
    requireOneSize(truth, prediction, doing);
    const overlaps = new Overlaps(truth, prediction);
    const matchedTruth = new Set<number>();
    const matchedFound = new Set<number>();
    const found = byId(prediction);
    const given = byId(truth);
    for (const [a, b, common] of overlaps.pairs()) {
      const [one, other] = [given.get(a), found.get(b)];
      if (!one || !other || one.isCrowd || one.class !== other.class) continue;
      const union = overlaps.truth.get(a)! + overlaps.prediction.get(b)! - common -
        overlaps.common(0, b);
      const iou = common / union;
      if (iou <= 0.5) continue; // above one half, at most one segment of each map matches
      this.#matched[one.class]!++;
      this.#ious[one.class]! += iou;
      matchedTruth.add(a);
      matchedFound.add(b);
    }
    this.#countMissed(truth, overlaps, matchedTruth);
    this.#countWrong(truth, prediction, overlaps, matchedFound);
  }

  /** The scores of all images so far. */
  result(): PanopticScores {
    const perClass = this.things.map((_, index) => this.#classQuality(index));
    const mean = (isCounted: (index: number) => boolean): MeanQuality => {
      const counted = perClass.filter((one, i) => isCounted(i) && !Number.isNaN(one.pq));
      const of = (quality: keyof Quality) => nanMean(counted.map((one) => one[quality]));
      return { pq: of("pq"), sq: of("sq"), rq: of("rq"), classes: counted.length };
    };
    return {
      all: mean(() => true),
      things: mean((index) => this.things[index]!),
      stuff: mean((index) => !this.things[index]!),
      perClass,
    };
  }

  #countMissed(truth: Objects, overlaps: Overlaps, matched: ReadonlySet<number>): void {
    for (const { id, class: index, isCrowd } of truth.segments) {
      if (isCrowd || matched.has(id) || !overlaps.truth.has(id)) continue;
      this.#missed[index]!++;
    }
  }

  #countWrong(
    truth: Objects,
    prediction: Objects,
    overlaps: Overlaps,
    matched: ReadonlySet<number>,
  ): void {
    const crowds = new Map(
      truth.segments.filter(({ isCrowd }) => isCrowd).map((one) => [one.class, one.id]),
    );
    for (const { id, class: index } of prediction.segments) {
      const area = overlaps.prediction.get(id);
      if (area === undefined || matched.has(id)) continue;
      const crowd = crowds.get(index);
      const uncounted = overlaps.common(0, id) +
        (crowd === undefined ? 0 : overlaps.common(crowd, id));
      if (uncounted / area <= 0.5) this.#wrong[index]!++;
    }
  }

  #classQuality(index: number): ClassQuality {
    const [matched, missed, wrong] = [
      this.#matched[index]!,
      this.#missed[index]!,
      this.#wrong[index]!,
    ];
    const iouSum = this.#ious[index]!;
    const counts = { matched, missed, wrong, iouSum };
    const total = matched + missed / 2 + wrong / 2;
    if (total === 0) return { ...counts, pq: NaN, sq: NaN, rq: NaN };
    const sq = matched === 0 ? 0 : iouSum / matched;
    return { ...counts, pq: iouSum / total, sq, rq: matched / total };
  }
}

function byId({ segments }: Objects) {
  return new Map(segments.map((segment) => [segment.id, segment]));
}

function requireOneSize(truth: Objects, prediction: Objects, doing: string): void {
  const { width, height } = truth;
  if (prediction.width === width && prediction.height === height) return;
  throw new RangeError(
    `${doing}: a prediction of the truth's ${width}×${height} pixels needed, got ` +
      `${prediction.width}×${prediction.height}`,
  );
}

/** Ids of id maps of files are below 2^24, so that two of them fit into a number. */
const PAIR = 2 ** 24;

/** How many pixels the segments of two maps have, alone and in common. */
class Overlaps {
  /** Pixels by id, of those that have any. */
  readonly truth: ReadonlyMap<number, number>;
  readonly prediction: ReadonlyMap<number, number>;
  readonly #common = new Map<number, number>();

  constructor(truth: Objects, prediction: Objects) {
    this.truth = areasOf(truth);
    this.prediction = areasOf(prediction);
    const [a, b] = [truth.data, prediction.data];
    for (let i = 0, from = 0; i < a.length; from = i) {
      const [one, other] = [a[i]!, b[i]!];
      do i++; while (i < a.length && a[i] === one && b[i] === other);
      const key = one * PAIR + other;
      this.#common.set(key, (this.#common.get(key) ?? 0) + i - from);
    }
  }

  common(truth: number, prediction: number): number {
    return this.#common.get(truth * PAIR + prediction) ?? 0;
  }

  *pairs(): Generator<readonly [truth: number, prediction: number, pixels: number]> {
    for (const [key, pixels] of this.#common) yield [Math.floor(key / PAIR), key % PAIR, pixels];
  }
}
