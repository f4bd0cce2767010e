import type { Tiles } from "./classify.ts";
import type { Part, TileSize } from "./tiles.ts";

/**
 * The classes of tiles [side, side] of a single pass, where no graph can be compiled for it: in a
 * browser. Of scores that lie between cells the largest is the most probable class's, as softmax keeps
 * their order.
 */
export class PlainTiles implements Tiles<Uint8Array> {
  readonly size: TileSize = { side: 128, cells: 36 };

  constructor(private readonly classes: number) {}

  // deno-lint-ignore require-await -- as tiles that a runtime computes
  async classify([part]: readonly Part[]): Promise<Uint8Array> {
    const { size: { side }, classes } = this;
    const { scores, rows, columns } = part!;
    const labels = new Uint8Array(side * side);
    const width = columns.length / side * classes;
    const mixed = new Float32Array(width);
    const down = weightsOf(rows, side);
    const across = weightsOf(columns, side);
    const sums = new Float32Array(classes);
    for (let y = 0; y < side; y++) {
      mixed.fill(0);
      for (const [cell, weight] of down[y]!) {
        for (let i = 0, at = cell * width; i < width; i++) mixed[i]! += weight * scores[at + i]!;
      }
      for (let x = 0; x < side; x++) {
        sums.fill(0);
        for (const [cell, weight] of across[x]!) {
          for (let c = 0, at = cell * classes; c < classes; c++) {
            sums[c]! += weight * mixed[at + c]!;
          }
        }
        labels[y * side + x] = largest(sums);
      }
    }
    return labels;
  }
}

/** The weights of each pixel that are not 0, with their cells, from a matrix [side, cells]. */
function weightsOf(matrix: Float32Array, side: number): (readonly [number, number])[][] {
  const cells = matrix.length / side;
  return Array.from({ length: side }, (_, pixel) => {
    const row = matrix.subarray(pixel * cells, (pixel + 1) * cells);
    return [...row.entries()].filter(([, weight]) => weight !== 0);
  });
}

function largest(scores: Float32Array): number {
  let best = 0;
  for (let c = 0; c < scores.length; c++) {
    const score = scores[c]!;
    if (Number.isNaN(score)) {
      throw new RangeError("Cannot take the largest class: it needs finite scores, got others");
    }
    if (score > scores[best]!) best = c;
  }
  return best;
}
