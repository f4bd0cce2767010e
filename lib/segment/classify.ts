import type { Image, LabelMap } from "../data/dataset.ts";
import { type Range, rangesOf } from "./axis.ts";
import type { Pass } from "./pass.ts";
import { CELLS, SIDE, type Tile, type TileClassifier } from "./tiles.ts";

/** The class of each pixel, and for each class its pixels and the sum of their probabilities. */
export interface Classified {
  readonly labels: LabelMap;
  readonly pixels: Float64Array;
  readonly confidence: Float64Array;
}

/**
 * Classifies a picture tile by tile, from the top to the bottom. Of the scores it holds one tile's at
 * full resolution, and the coarse ones of as many rows of windows as overlap, for each pass: SegFormer
 * with 150 classes on 8,000 columns, windows of 512 pixels each 384, takes 200 MB a row. The picture
 * itself and its labels take 4 bytes a pixel.
 */
export async function classify(
  { width, height }: Pick<Image, "width" | "height">,
  passes: readonly Pass[],
  tiles: TileClassifier,
  classes: number,
): Promise<Classified> {
  const result = {
    labels: { width, height, data: new Uint8Array(width * height) },
    pixels: new Float64Array(classes),
    confidence: new Float64Array(classes),
  };
  const columns = rangesOf(passes.flatMap((pass) => pass.columns), width, SIDE, CELLS);
  for (const rows of rangesOf(passes.flatMap((pass) => pass.rows), height, SIDE, CELLS)) {
    for (const pass of passes) await pass.advance(rows);
    for (const range of columns) {
      const tile = await tiles.classify(passes.map((pass) => pass.parts(rows, range)));
      write(tile, rows, range, result);
    }
  }
  return result;
}

function write(
  { labels: from, confidence: probability }: Tile,
  [top, bottom]: Range,
  [left, right]: Range,
  { labels: { width, data }, pixels, confidence }: Classified,
): void {
  for (let y = top; y < bottom; y++) {
    for (let x = left, i = (y - top) * SIDE; x < right; x++, i++) {
      const label = from[i]!;
      const share = probability[i]!;
      if (!(share >= 0)) throw notFinite(y, x);
      data[y * width + x] = label;
      pixels[label]!++;
      confidence[label]! += share;
    }
  }
}

function notFinite(row: number, column: number): RangeError {
  return new RangeError(
    `Cannot take the largest class: it needs finite scores, got others at row ${row}, column ` +
      `${column}; the checkpoint's weights may be damaged`,
  );
}
