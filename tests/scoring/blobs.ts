import { IGNORE, type LabelMap } from "../../lib/images/image.ts";
import type { Random } from "../../lib/random.ts";

/** A label map [height, width] of random rectangles of all classes, some of them ignored. */
export function blobs(width: number, height: number, classes: number, random: Random): LabelMap {
  const data = new Uint8Array(width * height);
  for (let count = 0; count < 6 * classes; count++) {
    const [left, top] = [random.integer(0, width), random.integer(0, height)];
    const right = Math.min(width, left + random.integer(1, 1 + Math.ceil(width / 3)));
    const bottom = Math.min(height, top + random.integer(1, 1 + Math.ceil(height / 3)));
    const label = count % (classes + 1) === classes ? IGNORE : count % (classes + 1);
    for (let y = top; y < bottom; y++) data.fill(label, y * width + left, y * width + right);
  }
  return { width, height, data };
}

/** The same with no pixel ignored: what a network predicts. */
export function predictedBlobs(
  width: number,
  height: number,
  classes: number,
  random: Random,
): LabelMap {
  const { data } = blobs(width, height, classes, random);
  return { width, height, data: data.map((label) => label === IGNORE ? 0 : label) };
}
