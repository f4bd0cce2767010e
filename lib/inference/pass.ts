import { type AxisWeights, axisWeights, cellsIn, type PixelRange, SPAN } from "./window_merging.ts";
import type { Cutter } from "./cutter.ts";
import { anchors, type View } from "./views.ts";
import type { ScoreLayout, ScoreNetwork } from "./score_network.ts";
import type { Size } from "../images/image.ts";
import type { Part, TileSize } from "./tiles.ts";

/** What gives a pass the scores of its windows. */
export type Scorer = Pick<ScoreNetwork, "layout" | "run">;

/**
 * One pass of an image through a network, from the top to the bottom. It holds the coarse scores of
 * those rows of windows that the current band of pixels needs, and of no other.
 */
export class Pass {
  private readonly held = new Map<number, readonly Float32Array[]>();
  private readonly free: Float32Array[] = [];
  private readonly patches = new Map<number, Float32Array>();

  private constructor(
    private readonly network: Scorer,
    private readonly layout: ScoreLayout,
    private readonly cutter: Cutter,
    private readonly corners: { readonly rows: number[]; readonly columns: number[] },
    /** What the rows and the columns of windows give to the image's. */
    readonly rows: readonly AxisWeights[],
    readonly columns: readonly AxisWeights[],
  ) {}

  /** Prepares a view of an image whose windows the cutter gives; the result is of `output` size. */
  static async open(
    network: Scorer,
    view: View,
    cutter: Cutter,
    output: Size,
  ): Promise<Pass> {
    const layout = await network.layout(view.window);
    const starts = [0, 1].map((axis) =>
      anchors(view.seen[axis]!, view.window[axis]!, view.stride[axis]!)
    ) as [number[], number[]];
    const weightsAlong = (axis: 0 | 1) => {
      const length = output[axis];
      const seen = view.direct ? { starts: [0], window: length, seen: length, covered: length } : {
        starts: starts[axis],
        window: view.window[axis],
        seen: view.seen[axis],
        covered: layout.covered[axis],
      };
      const mirrored = axis === 1 && view.mirrored;
      return axisWeights({ ...seen, cells: layout.cells[axis], output: length, mirrored });
    };
    const corners = { rows: starts[0], columns: starts[1] };
    return new Pass(network, layout, cutter, corners, weightsAlong(0), weightsAlong(1));
  }

  /** Runs the network for a band of the image's rows; bands come from the top to the bottom. */
  async advance(band: PixelRange): Promise<void> {
    for (const [index, scores] of this.held) {
      if (cellsIn(this.rows[index]!, band)) continue;
      this.free.push(...scores);
      this.held.delete(index);
    }
    for (const [index, top] of this.corners.rows.entries()) {
      if (this.held.has(index) || !cellsIn(this.rows[index]!, band)) continue;
      const scores: Float32Array[] = [];
      for (const left of this.corners.columns) {
        const { cells: [rows, columns], classes } = this.layout;
        const window = this.free.pop() ?? new Float32Array(rows * columns * classes);
        await this.network.run(this.cutter(top, left), window);
        scores.push(window);
      }
      this.held.set(index, scores);
    }
  }

  /** What the windows give to the tile of some rows of the band and some columns; until the next. */
  part(rows: PixelRange, columns: PixelRange, size: TileSize): Part {
    const down = reached(this.rows, rows, size);
    const across = reached(this.columns, columns, size);
    const windows = [down.length, across.length] as const;
    const length = down.length * across.length * size.cells ** 2 * this.layout.classes;
    const scores = this.patches.get(length) ?? new Float32Array(length);
    this.patches.set(length, scores);
    down.forEach((vertical, i) =>
      across.forEach((horizontal, k) => {
        const held = this.held.get(vertical.index)![horizontal.index]!;
        const patch = { down: i, across: k, width: across.length, cells: size.cells };
        this.fill(scores, patch, held, vertical.origin, horizontal.origin);
      })
    );
    return {
      cells: size.cells,
      windows,
      scores,
      rows: matrixOf(down, rows, size),
      columns: matrixOf(across, columns, size),
    };
  }

  /** Copies a window's scores from a cell on into its patch; beyond the window the old ones stay. */
  private fill(
    scores: Float32Array,
    patch: Readonly<Record<"down" | "across" | "width" | "cells", number>>,
    held: Float32Array,
    top: number,
    left: number,
  ): void {
    const { cells: [height, width], classes } = this.layout;
    const { cells } = patch;
    const row = Math.min(cells, width - left) * classes;
    for (let y = top; y < Math.min(top + cells, height); y++) {
      const start = (y * width + left) * classes;
      const to = (patch.down * cells + y - top) * patch.width + patch.across;
      scores.set(held.subarray(start, start + row), to * cells * classes);
    }
  }
}

/** A window that gives to a range: its cells from `origin` on. */
interface Reached {
  readonly index: number;
  readonly origin: number;
  readonly weights: AxisWeights;
}

/** The windows along an axis that give to a range. */
function reached(
  windows: readonly AxisWeights[],
  range: PixelRange,
  { cells }: TileSize,
): Reached[] {
  return windows.flatMap((weights, index) => {
    const needed = cellsIn(weights, range);
    if (!needed) return [];
    if (needed.count > cells) throw new RangeError(`a tile of ${needed.count} cells is too large`);
    return [{ index, origin: needed.origin, weights }];
  });
}

/** What the windows' cells weigh in the pixels of a range: [side, windows · cells]. */
function matrixOf(
  windows: readonly Reached[],
  [from, to]: PixelRange,
  size: TileSize,
): Float32Array {
  const { side, cells } = size;
  const width = windows.length * cells;
  const matrix = new Float32Array(side * width);
  windows.forEach(({ origin, weights: { first, low, weights } }, window) => {
    for (let pixel = Math.max(from, first); pixel < Math.min(to, first + low.length); pixel++) {
      const i = pixel - first;
      const at = (pixel - from) * width + window * cells + low[i]! - origin;
      for (let k = 0; k < SPAN; k++) {
        const weight = weights[SPAN * i + k]!;
        if (weight > 0) matrix[at + k] = weight;
      }
    }
  });
  return matrix;
}
