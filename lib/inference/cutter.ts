import type { NDArray } from "../array.ts";
import { bilinearTaps, sampleBilinear, type Taps } from "../bilinear.ts";
import { normalise, type Normalization } from "../images/normalise.ts";
import type { Raster, Size } from "../images/image.ts";
import { resized, windowOf } from "../images/picture.ts";
import type { View } from "./views.ts";

/** The normalised window [c, h, w] whose top left corner is a pixel of the image as it is seen. */
export type Cutter = (top: number, left: number) => NDArray;

/**
 * Cuts the windows of a view out of an image. A window is resized, enlarged and normalised at its
 * turn: but for PIL's resizing, the whole of what the network sees exists nowhere.
 */
export function cutterOf(image: Raster, view: View, normalization: Normalization): Cutter {
  const { size, seen, window: [height, width], mirrored } = view;
  const source = view.resampling ? resized(image, ...size, view.resampling) : image;
  const box = { top: 0, left: 0, height: size[0], width: size[1], mirrored };
  if (seen.join() === size.join()) {
    return (top, left) =>
      normalise(pixels(source, size, { ...box, top, left, height, width }), normalization);
  }
  const whole = normalise(pixels(source, size, box), normalization); // smaller than a window
  const [rows, columns] = [bilinearTaps(size[0], seen[0]), bilinearTaps(size[1], seen[1])];
  return (top, left) =>
    sampleBilinear(whole, between(rows, top, height), between(columns, left, width));
}

function between({ low, high, weight }: Taps, start: number, length: number): Taps {
  const end = start + length;
  return {
    low: low.subarray(start, end),
    high: high.subarray(start, end),
    weight: weight.subarray(start, end),
  };
}

interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  readonly mirrored: boolean;
}

/** A box of an image that is thought of as resized, and mirrored then. */
function pixels(image: Raster, [scaledHeight, scaledWidth]: Size, box: Box): Raster {
  const { top, left, height, width, mirrored } = box;
  const same = image.height === height && image.width === width && scaledHeight === height &&
    scaledWidth === width && !mirrored;
  if (same) return image;
  const start = mirrored ? scaledWidth - left - width : left;
  const window = { top, left: start, height, width, flip: mirrored };
  return windowOf(image, { scaledHeight, scaledWidth, ...window });
}
