import { bilinearTaps } from "../bilinear.ts";

/** How windows lie along one axis of an image, and what their scores cover. */
export interface Axis {
  /** Where windows start, in seen pixels. */
  readonly starts: readonly number[];
  /** Length of a window in seen pixels. */
  readonly window: number;
  /** Length of the image as the network sees it, in pixels. */
  readonly seen: number;
  /** How many scores a window has along the axis, and how many seen pixels they cover. */
  readonly cells: number;
  readonly covered: number;
  /** Length of the result in pixels. */
  readonly output: number;
  /** The network saw the axis in the mirror. */
  readonly mirrored: boolean;
}

/**
 * What a window's cells weigh in the output pixels that it reaches along an axis: pixel `first + i`
 * is the sum of `weights[SPAN · i + k]` times cell `low[i] + k`, summed over all windows.
 */
export interface AxisWeights {
  readonly first: number;
  readonly low: Int32Array;
  readonly weights: Float32Array;
}

/** Cells that one output pixel mixes at most: it lies between two pixels, they between three cells. */
export const SPAN = 3;

/**
 * The weights of each window: bilinear interpolation of its cells to seen pixels, the mean where
 * windows overlap, bilinear interpolation to output pixels. All of it is linear and separable, so full
 * resolution needs to exist nowhere.
 */
export function axisWeights(axis: Axis): AxisWeights[] {
  const { starts, window, seen, cells, covered, output, mirrored } = axis;
  const coverage = new Uint16Array(seen);
  for (const start of starts) {
    for (let i = start; i < start + window; i++) coverage[i]!++;
  }
  const inner = bilinearTaps(cells, covered);
  const outer = bilinearTaps(seen, output);
  return starts.map((start) => {
    const first = outer.high.findIndex((pixel) => pixel >= start);
    const last = outer.low.findLastIndex((pixel) => pixel < start + window);
    const low = new Int32Array(last - first + 1);
    const weights = new Float32Array(SPAN * low.length);
    for (let i = 0; i < low.length; i++) {
      const pixels = [outer.low[first + i]!, outer.high[first + i]!] as const;
      const share = outer.weight[first + i]!;
      low[i] = inner.low[Math.max(pixels[0] - start, 0)]!;
      for (const [pixel, part] of [[pixels[0], 1 - share], [pixels[1], share]] as const) {
        const inside = pixel - start;
        if (part === 0 || inside < 0 || inside >= window) continue;
        const at = SPAN * i - low[i]!;
        const weight = inner.weight[inside]!;
        weights[at + inner.low[inside]!]! += part * (1 - weight) / coverage[pixel]!;
        if (weight > 0) weights[at + inner.high[inside]!]! += part * weight / coverage[pixel]!;
      }
    }
    const upright = { first, low, weights };
    return mirrored ? mirror(upright, output) : upright;
  });
}

function mirror({ first, low, weights }: AxisWeights, output: number): AxisWeights {
  const turned = new Float32Array(weights.length);
  low.forEach((_, i) => {
    const pixel = weights.subarray(SPAN * i, SPAN * (i + 1));
    turned.set(pixel, SPAN * (low.length - 1 - i));
  });
  return { first: output - first - low.length, low: low.toReversed(), weights: turned };
}

/** Output pixels [from, to) of an axis. */
export type PixelRange = readonly [from: number, to: number];

/**
 * Cuts an output axis into ranges of at most `side` pixels, each of which needs at most `cells` cells
 * in a row of any window.
 */
export function rangesOf(
  windows: readonly AxisWeights[],
  output: number,
  side: number,
  cells: number,
): PixelRange[] {
  const ranges: PixelRange[] = [];
  for (let from = 0; from < output;) {
    let to = Math.min(from + side, output);
    while (
      to > from + 1 && windows.some((weights) => (cellsIn(weights, [from, to])?.count ?? 0) > cells)
    ) {
      to--;
    }
    ranges.push([from, to]);
    from = to;
  }
  return ranges;
}

/** The most cells of a window that any range of `side` pixels along an axis needs. */
export function mostCellsIn(windows: readonly AxisWeights[], side: number): number {
  let most = 0;
  for (const weights of windows) {
    const { first, low } = weights;
    for (let from = first; from < first + low.length; from++) {
      most = Math.max(most, cellsIn(weights, [from, from + side])!.count);
    }
  }
  return most;
}

/** The first of the cells that a range needs of a window, and how many; null where it needs none. */
export function cellsIn(
  { first, low }: AxisWeights,
  [from, to]: PixelRange,
): { readonly origin: number; readonly count: number } | null {
  const start = Math.max(from - first, 0);
  const end = Math.min(to - first, low.length) - 1;
  if (start > end) return null;
  const ends = [low[start]!, low[end]!] as const; // low rises or falls
  const origin = Math.min(...ends);
  return { origin, count: Math.max(...ends) - origin + SPAN };
}
