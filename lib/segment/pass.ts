import type { Normalization } from "../data/augment.ts";
import type { Image } from "../data/dataset.ts";
import { anchors, type Size } from "../eval/sliding_window.ts";
import { axisMixes, cellsIn, type Mix, type Range, SPAN } from "./axis.ts";
import type { Look } from "./protocol.ts";
import type { Grid, ScoreNetwork } from "./score_network.ts";
import { CELLS, type Part, SIDE } from "./tiles.ts";
import { type Cutter, cutterOf } from "./windows.ts";

/**
 * One pass of a picture through a network, from the top to the bottom. It holds the coarse scores of
 * those rows of windows that the current band of pixels needs, and of no other.
 */
export class Pass {
  private readonly held = new Map<number, readonly Float32Array[]>();
  private readonly free: Float32Array[] = [];
  private readonly patches: Float32Array[] = [];

  private constructor(
    private readonly network: ScoreNetwork,
    private readonly grid: Grid,
    private readonly cutter: Cutter,
    private readonly corners: { readonly rows: number[]; readonly columns: number[] },
    /** What the rows and the columns of windows give to the picture's. */
    readonly rows: readonly Mix[],
    readonly columns: readonly Mix[],
  ) {}

  /** Prepares a look at a picture. */
  static async open(
    network: ScoreNetwork,
    picture: Image,
    look: Look,
    normalization: Normalization,
  ): Promise<Pass> {
    const grid = await network.grid(look.window);
    const starts = [0, 1].map((axis) =>
      anchors(look.seen[axis]!, look.window[axis]!, look.stride[axis]!)
    ) as [number[], number[]];
    const output: Size = [picture.height, picture.width];
    const mixes = (axis: 0 | 1) => {
      const length = output[axis];
      const seen = look.direct ? { starts: [0], window: length, seen: length, covered: length } : {
        starts: starts[axis],
        window: look.window[axis],
        seen: look.seen[axis],
        covered: grid.covered[axis],
      };
      const mirrored = axis === 1 && look.mirrored;
      return axisMixes({ ...seen, cells: grid.cells[axis], output: length, mirrored });
    };
    const corners = { rows: starts[0], columns: starts[1] };
    const cutter = cutterOf(picture, look, normalization);
    return new Pass(network, grid, cutter, corners, mixes(0), mixes(1));
  }

  /** Runs the network for a band of the picture's rows; bands come from the top to the bottom. */
  async advance(band: Range): Promise<void> {
    for (const [index, scores] of this.held) {
      if (cellsIn(this.rows[index]!, band)) continue;
      this.free.push(...scores);
      this.held.delete(index);
    }
    for (const [index, top] of this.corners.rows.entries()) {
      if (this.held.has(index) || !cellsIn(this.rows[index]!, band)) continue;
      const scores: Float32Array[] = [];
      for (const left of this.corners.columns) {
        const { cells: [rows, columns], classes } = this.grid;
        const window = this.free.pop() ?? new Float32Array(rows * columns * classes);
        await this.network.run(this.cutter(top, left), window);
        scores.push(window);
      }
      this.held.set(index, scores);
    }
  }

  /** What the windows give to the tile of some rows of the band and some columns; until the next. */
  parts(rows: Range, columns: Range): Part[] {
    const down = reached(this.rows, rows);
    const across = reached(this.columns, columns);
    return down.flatMap((vertical, i) =>
      across.map((horizontal, k) => {
        const scores = this.held.get(vertical.index)![horizontal.index]!;
        const patch = this.patches[i * across.length + k] ??= this.emptyPatch();
        this.fill(patch, scores, vertical.origin, horizontal.origin);
        return { cells: patch, rows: vertical.matrix, columns: horizontal.matrix };
      })
    );
  }

  private emptyPatch(): Float32Array {
    return new Float32Array(CELLS * CELLS * this.grid.classes);
  }

  /** Copies the scores [CELLS, CELLS, classes] from a cell on; beyond the window the old ones stay. */
  private fill(patch: Float32Array, scores: Float32Array, top: number, left: number): void {
    const { cells: [height, width], classes } = this.grid;
    const row = Math.min(CELLS, width - left) * classes;
    for (let y = top; y < Math.min(top + CELLS, height); y++) {
      const start = (y * width + left) * classes;
      patch.set(scores.subarray(start, start + row), (y - top) * CELLS * classes);
    }
  }
}

/** The windows along an axis that give to a range: their cells from `origin` on and the weights. */
function reached(mixes: readonly Mix[], range: Range) {
  return mixes.flatMap((mix, index) => {
    const cells = cellsIn(mix, range);
    if (!cells) return [];
    return [{ index, origin: cells.origin, matrix: matrixOf(mix, range, cells.origin) }];
  });
}

/** What cells from `origin` on weigh in the pixels of a range: [SIDE, CELLS]. */
function matrixOf({ first, low, weights }: Mix, [from, to]: Range, origin: number): Float32Array {
  const matrix = new Float32Array(SIDE * CELLS);
  for (let pixel = Math.max(from, first); pixel < Math.min(to, first + low.length); pixel++) {
    const i = pixel - first;
    const at = (pixel - from) * CELLS + low[i]! - origin;
    for (let k = 0; k < SPAN; k++) {
      const weight = weights[SPAN * i + k]!;
      if (weight > 0) matrix[at + k] = weight;
    }
  }
  return matrix;
}
