import { nanMean } from "../statistics.ts";
import { squaredDistances, type VolumeShape } from "./distance_transform.ts";

/** How well a class of a volume is met. */
export interface ClassVolumeScore {
  /** Twice the common voxels over those of both, from 0 to 1. */
  readonly dice: number;
  /** The 95th percentile of the distances between both surfaces, in voxels. */
  readonly hd95: number;
}

/** The means over all cases and classes but the first, and those of each class from 1 on. */
export interface VolumeScores extends ClassVolumeScore {
  readonly cases: number;
  readonly perClass: readonly ClassVolumeScore[];
}

/**
 * Dice and HD95 of volumes as TransUNet's and Swin-Unet's tables have them (`calculate_metric_percase`
 * in their utils.py): class 0, the background, is left out, and where one of the two is empty the score
 * is not what it says. A class that is predicted and not there scores (1, 0), as if all was right; one that is there and not
 * predicted, and one that is in neither, (0, 0). Both count in the means.
 */
export class VolumeMetrics {
  #cases = 0;
  readonly #dice: Float64Array;
  readonly #hd95: Float64Array;

  constructor(readonly classes: number) {
    this.#dice = new Float64Array(classes);
    this.#hd95 = new Float64Array(classes);
  }

  /** Adds a case: the class of each voxel in truth and prediction [depth, height, width]; gives its scores. */
  add(truth: Uint8Array, prediction: Uint8Array, shape: VolumeShape): readonly ClassVolumeScore[] {
    requireShape(truth, prediction, shape, this.classes);
    const scores: ClassVolumeScore[] = [];
    for (let index = 1; index < this.classes; index++) {
      const of = (labels: Uint8Array) => labels.map((label) => label === index ? 1 : 0);
      const score = caseScore(of(truth), of(prediction), shape);
      this.#dice[index]! += score.dice;
      this.#hd95[index]! += score.hd95;
      scores.push(score);
    }
    this.#cases++;
    return scores;
  }

  /** The scores of all cases so far; NaN where there is none. */
  result(): VolumeScores {
    const cases = this.#cases;
    const perClass = Array.from({ length: this.classes - 1 }, (_, i) => {
      return { dice: this.#dice[i + 1]! / cases, hd95: this.#hd95[i + 1]! / cases };
    });
    const mean = (name: keyof ClassVolumeScore) => nanMean(perClass.map((one) => one[name]));
    return { dice: mean("dice"), hd95: mean("hd95"), cases, perClass };
  }
}

function caseScore(
  truth: Uint8Array,
  prediction: Uint8Array,
  shape: VolumeShape,
): ClassVolumeScore {
  const [there, found] = [truth, prediction].map((mask) => mask.includes(1));
  if (!found) return { dice: 0, hd95: 0 };
  if (!there) return { dice: 1, hd95: 0 };
  const { percentile95 } = surfaceDistances(prediction, truth, shape);
  return { dice: diceOf(truth, prediction), hd95: percentile95 };
}

/** Twice the common voxels of two masks of 0 and 1 over those of both; NaN of two empty ones. */
export function diceOf(a: Uint8Array, b: Uint8Array): number {
  let [common, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    common += a[i]! & b[i]!;
    sum += a[i]! + b[i]!;
  }
  return 2 * common / sum;
}

/** How far the surfaces of two masks lie apart, in voxels. */
export interface SurfaceDistances {
  /** From each surface voxel of the first mask to the second's surface. */
  readonly forth: readonly number[];
  /** From each of the second to the first's. */
  readonly back: readonly number[];
  /** The 95th percentile of both together, as medpy's hd95 has it. */
  readonly percentile95: number;
}

/**
 * The distances between the surfaces of two masks of 0 and 1 that are not empty [depth, height, width]. The surface is
 * what has a voxel outside of the mask, or the volume's end, at one of its six sides.
 */
export function surfaceDistances(
  a: Uint8Array,
  b: Uint8Array,
  shape: VolumeShape,
): SurfaceDistances {
  const [own, other] = [surfaceOf(a, shape), surfaceOf(b, shape)];
  const between = (from: Uint8Array, to: Uint8Array) => {
    const squared = squaredDistances(to, shape);
    const distances: number[] = [];
    from.forEach((isSurface, i) => {
      if (isSurface) distances.push(Math.sqrt(squared[i]!));
    });
    return distances;
  };
  const [forth, back] = [between(own, other), between(other, own)];
  return { forth, back, percentile95: percentileOf([...forth, ...back], 0.95) };
}

function surfaceOf(mask: Uint8Array, [depth, height, width]: VolumeShape): Uint8Array {
  const surface = new Uint8Array(mask.length);
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (!mask[i]) continue;
        const isInner = x > 0 && x < width - 1 && y > 0 && y < height - 1 && z > 0 &&
          z < depth - 1 && mask[i - 1] && mask[i + 1] && mask[i - width] && mask[i + width] &&
          mask[i - height * width] && mask[i + height * width];
        if (!isInner) surface[i] = 1;
      }
    }
  }
  return surface;
}

/** A percentile of values, between the two that it lies between: numpy's default. */
export function percentileOf(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  return a + (b - a) * (place - low);
}

function requireShape(
  truth: Uint8Array,
  prediction: Uint8Array,
  shape: VolumeShape,
  classes: number,
): void {
  const doing = "Cannot score a volume";
  const size = shape.reduce((product, side) => product * side, 1);
  for (const labels of [truth, prediction]) {
    if (labels.length !== size) {
      throw new RangeError(
        `${doing}: a class for each of ${shape.join("×")} voxels needed, got ${labels.length}`,
      );
    }
    const wrong = labels.find((label) => label >= classes);
    if (wrong === undefined) continue;
    throw new RangeError(`${doing}: classes from 0 to ${classes - 1} needed, got ${wrong}`);
  }
}
