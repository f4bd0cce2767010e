import type { Instance } from "../images/instances.ts";
import { nanMean } from "../statistics.ts";
import {
  type AreaRange,
  IOU_THRESHOLDS,
  type Matches,
  matchesOf,
  MOST_FOUND,
  type Overlapping,
  overlapping,
} from "./instance_matches.ts";
import { SIZE_LIMITS } from "./instance_size.ts";

/** COCO's twelve numbers, from 0 to 1; NaN where there are no such instances to find. */
export interface MaskApScores {
  /** Average precision: the mean over the thresholds 0.5 to 0.95, recalls 0 to 1 and classes. */
  readonly ap: number;
  /** The same at the threshold 0.5. */
  readonly ap50: number;
  /** The same at the threshold 0.75. */
  readonly ap75: number;
  /** Average precision of instances below 32² pixels. */
  readonly apSmall: number;
  /** Of those from 32² to 96² pixels. */
  readonly apMedium: number;
  /** Of larger ones. */
  readonly apLarge: number;
  /** Average recall, where the surest instance of a class counts in an image. */
  readonly ar1: number;
  /** Where the 10 surest count. */
  readonly ar10: number;
  /** Where the 100 surest count. */
  readonly ar100: number;
  /** Average recall with 100 of instances below 32² pixels. */
  readonly arSmall: number;
  /** Of those from 32² to 96² pixels. */
  readonly arMedium: number;
  /** Of larger ones. */
  readonly arLarge: number;
  /** Average precision by class. */
  readonly perClass: readonly number[];
}

/** Precision at each of 101 recalls, and the recall that is reached, of one class at each threshold. */
export interface PrecisionRecall {
  /** By threshold and by recall 0, 0.01 … 1: [10, 101]. */
  readonly precision: readonly (readonly number[])[];
  /** By threshold [10]. */
  readonly recall: readonly number[];
}

const [MEDIUM, LARGE] = SIZE_LIMITS;

/** The areas that count; instances exactly at a limit are of both sizes, as in COCO's code. */
const AREAS = {
  all: [0, Infinity],
  small: [0, MEDIUM],
  medium: [MEDIUM, LARGE],
  large: [LARGE, Infinity],
} as const satisfies Record<string, AreaRange>;

type AreaName = keyof typeof AREAS;

const RECALLS: readonly number[] = Array.from({ length: 101 }, (_, i) => i === 100 ? 1 : i * 0.01);

/** What 1 + it is the next number to: COCO's code adds it where it divides. */
const SPACING = 2 ** -52;

/**
 * The average precision of instances by their masks (Lin et al. 2014), added up image by image, with
 * the rules of COCO's cocoeval. An instance's area is that of its mask.
 */
export class MaskAp {
  /** By class and area, the images in which there is something of the class. */
  readonly #matches: readonly Readonly<Record<AreaName, Matches[]>>[];

  constructor(readonly classes: number) {
    this.#matches = Array.from({ length: classes }, () => {
      return { all: [], small: [], medium: [], large: [] };
    });
  }

  /** Adds an image's instances and those that were found in it; if one is refused, none of them. */
  add(truth: readonly Instance[], found: readonly Instance[]): void {
    this.#check(truth, "drawn");
    this.#check(found, "found");
    const [drawn, given] = [truth, found].map((list) => Map.groupBy(list, (one) => one.class));
    for (const index of new Set([...drawn!.keys(), ...given!.keys()])) {
      const pairs = overlapping(drawn!.get(index) ?? [], given!.get(index) ?? []);
      this.#keep(index, pairs);
    }
  }

  #keep(index: number, pairs: Overlapping): void {
    for (const [name, range] of Object.entries(AREAS)) {
      this.#matches[index]![name as AreaName].push(matchesOf(pairs, range));
    }
  }

  /** The scores of all images so far. */
  result(): MaskApScores {
    const curves = (area: AreaName, most: number) =>
      this.#matches.map((matches) => precisionRecall(matches[area], most));
    const all = curves("all", MOST_FOUND);
    const ap = (list: typeof all, t?: number) => nanMean(precisionsOf(list, t));
    const ar = (list: typeof all) => nanMean(list.flatMap((one) => one?.recall ?? []));
    const [small, medium, large] = (["small", "medium", "large"] as const)
      .map((area) => curves(area, MOST_FOUND)) as [typeof all, typeof all, typeof all];
    return {
      ap: ap(all),
      ap50: ap(all, 0),
      ap75: ap(all, 5),
      apSmall: ap(small),
      apMedium: ap(medium),
      apLarge: ap(large),
      ar1: ar(curves("all", 1)),
      ar10: ar(curves("all", 10)),
      ar100: ar(all),
      arSmall: ar(small),
      arMedium: ar(medium),
      arLarge: ar(large),
      perClass: all.map((one) => ap([one])),
    };
  }

  /** The curves of a class with 100 instances an image; null where there is none of it to find. */
  curves(index: number): PrecisionRecall | null {
    return precisionRecall(this.#matches[index]!.all, MOST_FOUND);
  }

  #check(instances: readonly Instance[], what: "drawn" | "found"): void {
    const doing = `Cannot score instances: ${what} instances`;
    for (const { class: index, score } of instances) {
      if (!Number.isInteger(index) || index < 0 || index >= this.classes) {
        throw new RangeError(
          `${doing} of classes 0 to ${this.classes - 1} needed, got one of ${index}`,
        );
      }
      if (what === "found" && !Number.isFinite(score)) {
        throw new RangeError(`${doing} with a score needed, got one with ${score}`);
      }
    }
    const sizes = new Set(instances.map(({ mask }) => `${mask.width}×${mask.height}`));
    if (sizes.size > 1) {
      throw new RangeError(`${doing} of one image's size needed, got ${[...sizes].join(" and ")}`);
    }
  }
}

function precisionsOf(curves: readonly (PrecisionRecall | null)[], t?: number): number[] {
  return curves.flatMap((one) =>
    one === null ? [] : t === undefined ? one.precision.flat() : one.precision[t]!
  );
}

/** The curves of a class over images; null where no instance is to be found. */
function precisionRecall(images: readonly Matches[], most: number): PrecisionRecall | null {
  const wanted = images.reduce((sum, image) => sum + image.wanted, 0);
  if (wanted === 0) return null;
  const found = images.flatMap(({ scores }, image) =>
    scores.slice(0, most).map((score, place) => ({ score, image, place }))
  ).sort((a, b) => b.score - a.score); // which keeps the images' order of equals
  const curves = IOU_THRESHOLDS.map((_, t) => {
    const counted = found.flatMap(({ image, place }): boolean[] => {
      const { right, ignored, scores } = images[image]!;
      const at = t * scores.length + place;
      return ignored[at] ? [] : [right[at] === 1];
    });
    return curveOf(counted, wanted);
  });
  return {
    precision: curves.map(({ precision }) => precision),
    recall: curves.map(({ recall }) => recall),
  };
}

/** Precision at the 101 recalls, none of which is below that at a greater one, and the last recall. */
function curveOf(isRight: readonly boolean[], wanted: number) {
  const precisions: number[] = [];
  const recalls: number[] = [];
  let right = 0;
  isRight.forEach((one, i) => {
    if (one) right++;
    recalls.push(right / wanted);
    precisions.push(right / (i + 1 + SPACING));
  });
  for (let i = precisions.length - 1; i > 0; i--) {
    precisions[i - 1] = Math.max(precisions[i - 1]!, precisions[i]!);
  }
  let at = 0;
  const precision = RECALLS.map((recall) => {
    while (at < recalls.length && recalls[at]! < recall) at++;
    return precisions[at] ?? 0;
  });
  return { precision, recall: recalls.at(-1) ?? 0 };
}
