import { assertAlmostEquals, assertEquals } from "@std/assert";
import { bilinearTaps } from "../../lib/bilinear.ts";
import { anchors } from "../../lib/inference/views.ts";
import {
  type Axis,
  axisWeights,
  cellsIn,
  rangesOf,
  SPAN,
} from "../../lib/inference/window_merging.ts";

/** Windows of 16 pixels and 4 cells over 37 pixels, whose mean is resized to 50. */
const axis: Axis = {
  starts: anchors(37, 16, 10),
  window: 16,
  seen: 37,
  cells: 4,
  covered: 16,
  output: 50,
  mirrored: false,
};

/** Any scores: cell c of window w. */
const score = (w: number, c: number) => Math.sin(5 * w + c * c);

/** The outputs step by step: each window's cells to pixels, their mean, then to the output. */
function stepByStep({ starts, window, seen, cells, covered, output }: Axis): number[] {
  const inner = bilinearTaps(cells, covered);
  const mean = Array.from({ length: seen }, (_, pixel) => {
    const values = starts.flatMap((start, w) => {
      const i = pixel - start;
      if (i < 0 || i >= window) return [];
      const f = inner.weight[i]!;
      return [score(w, inner.low[i]!) * (1 - f) + score(w, inner.high[i]!) * f];
    });
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  const outer = bilinearTaps(seen, output);
  return Array.from(
    outer.weight,
    (f, i) => mean[outer.low[i]!]! * (1 - f) + mean[outer.high[i]!]! * f,
  );
}

/** The outputs by the weights. */
function mixed(axis: Axis): number[] {
  const result = new Array<number>(axis.output).fill(0);
  for (const [w, { first, low, weights }] of axisWeights(axis).entries()) {
    weights.forEach((weight, at) => {
      const i = Math.floor(at / SPAN);
      if (weight > 0) result[first + i]! += weight * score(w, low[i]! + at % SPAN);
    });
  }
  return result;
}

for (
  const [what, change] of Object.entries({
    "windows overlap and the mean is enlarged": {},
    "the mean is reduced": { output: 20 },
    "cells cover padding": { covered: 20 },
    "one window sees all, and at once": { starts: [0], window: 50, seen: 50, covered: 50 },
    "there are more cells than pixels": { starts: [0], window: 3, seen: 3, covered: 3, output: 3 },
  })
) {
  Deno.test(`axisMixes() interpolates, averages and resizes when ${what}`, () => {
    const expected = stepByStep({ ...axis, ...change });
    mixed({ ...axis, ...change }).forEach((value, i) =>
      assertAlmostEquals(value, expected[i]!, 1e-6)
    );
  });
}

Deno.test("axisMixes() turns the outputs around when the axis was mirrored", () => {
  const straight = mixed(axis).reverse();
  mixed({ ...axis, mirrored: true }).forEach((value, i) =>
    assertAlmostEquals(value, straight[i]!, 1e-6)
  );
});

Deno.test("rangesOf() covers an axis in order, with few enough cells of each window", () => {
  for (const mirrored of [false, true]) {
    const windows = axisWeights({ ...axis, mirrored });
    for (const [side, cells] of [[64, 20], [12, 20], [64, 4]] as const) {
      const ranges = rangesOf(windows, 50, side, cells);
      assertEquals(ranges.map(([from]) => from), [0, ...ranges.slice(0, -1).map(([, to]) => to)]);
      assertEquals(ranges.at(-1)![1], 50);
      for (const range of ranges) {
        const counts = windows.map((weights) => cellsIn(weights, range)?.count ?? 0);
        assertEquals([range[1] - range[0] <= side, Math.max(...counts) <= cells], [true, true]);
      }
    }
  }
});
