import type { Size } from "../images/image.ts";
import type { Pass } from "./pass.ts";
import type { Part, TileSize } from "./tiles.ts";
import { mostCellsIn, type PixelRange, rangesOf } from "./window_merging.ts";

/** Takes the pixels of an image whose rows and columns are the ranges. */
export type TileVisitor<T> = (tile: T, rows: PixelRange, columns: PixelRange) => void;

/** Gives the classes of a tile's pixels, from what each pass gives to it. */
export interface Tiles<T> {
  readonly size: TileSize;
  classify(passes: readonly Part[]): Promise<T>;
}

/**
 * Classifies an image tile by tile, from the top to the bottom. Of the scores it holds one tile's at
 * full resolution, and the coarse ones of as many rows of windows as overlap, for each pass: SegFormer
 * with 150 classes on 8,000 columns, windows of 512 pixels each 384, takes 200 MB a row. `finish` hears
 * of each band of rows that is done.
 */
export async function classify<T>(
  [height, width]: Size,
  passes: readonly Pass[],
  tiles: Tiles<T>,
  visit: TileVisitor<T>,
  finish: (rows: PixelRange) => Promise<void> = async () => {},
): Promise<void> {
  const { side, cells } = tiles.size;
  const needed = passes.flatMap(({ rows, columns }) => [rows, columns])
    .map((windows) => mostCellsIn(windows, side));
  const size = { side, cells: Math.min(cells, Math.max(...needed)) };
  const columns = rangesOf(passes.flatMap((pass) => pass.columns), width, size.side, size.cells);
  for (const rows of rangesOf(passes.flatMap((pass) => pass.rows), height, size.side, size.cells)) {
    for (const pass of passes) await pass.advance(rows);
    for (const range of columns) {
      const tile = await tiles.classify(passes.map((pass) => pass.part(rows, range, size)));
      visit(tile, rows, range);
    }
    await finish(rows);
  }
}
