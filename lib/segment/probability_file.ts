import { npyHeader } from "../checkpoints/npy.ts";
import { writeWhole } from "../files.ts";
import { toFloat16 } from "../float16.ts";
import type { Size } from "../images/image.ts";
import type { PixelRange } from "../inference/window_merging.ts";

/** Takes probabilities of an image from its top to its bottom, some rows at a time. */
export interface ProbabilityRows {
  /** Takes the probabilities of a pixel, which stand in an array from an index on. */
  take(pixel: number, values: Float32Array, from: number): void;
  /** Writes the rows that were taken: those from one to another. */
  flush(rows: PixelRange): Promise<void>;
}

/** The most rows that are taken before they are written: those of a tile. */
const ROWS = 128;

/**
 * Writes the probabilities of an image as NumPy's .npy of float16 [classes, height, width], whole or not
 * at all. They need 2 bytes for each class and pixel on the disk, and memory for 128 rows of pixels.
 */
export async function writeProbabilities<T>(
  path: string,
  classes: number,
  [height, width]: Size,
  fill: (rows: ProbabilityRows) => Promise<T>,
): Promise<T> {
  const header = npyHeader("<f2", [classes, height, width]);
  const plane = Math.min(ROWS, height) * width;
  const band = new Float32Array(classes * plane);
  let result: T;
  let top = 0;
  await writeWhole(path, async (write) => {
    await write(header);
    result = await fill({
      take(pixel, values, from) {
        const at = pixel - top * width;
        for (let c = 0; c < classes; c++) band[c * plane + at] = values[from + c]!;
      },
      async flush([from, to]) {
        for (let c = 0; c < classes; c++) {
          const start = c * plane;
          const halves = toFloat16(band.subarray(start, start + (to - from) * width));
          const at = header.length + 2 * (c * height + from) * width;
          await write(new Uint8Array(halves.buffer), at);
        }
        top = to;
      },
    });
  });
  return result!;
}
