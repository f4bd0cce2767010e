import type { NDArray } from "../array.ts";
import { resizeBilinear } from "../bilinear.ts";
import { resizeAntialiased } from "../data/antialiased.ts";
import { normalise, type Normalization } from "../data/augment.ts";
import { bilinearPixels } from "../data/crop.ts";
import type { Image } from "../data/dataset.ts";
import { cut, type Size } from "../eval/sliding_window.ts";
import type { Look } from "./protocol.ts";

/** The normalised window [3, h, w] whose top left corner is a pixel of the picture as it is seen. */
export type Cutter = (top: number, left: number) => NDArray;

/**
 * Cuts windows out of a picture as a look sees it. Only an enlarged picture, which is smaller than a
 * window, is held as a whole in floats; of any other a window is resized and normalised at its turn.
 */
export function cutterOf(picture: Image, look: Look, normalization: Normalization): Cutter {
  const { size, seen, window: [height, width], mirrored } = look;
  const image = look.antialiased ? resizeAntialiased(picture, ...size) : picture;
  if (seen.join() !== size.join()) {
    const whole = pixels(image, size, {
      top: 0,
      left: 0,
      height: size[0],
      width: size[1],
      mirrored,
    });
    const enlarged = resizeBilinear(normalise(whole, normalization), ...seen);
    return (top, left) => {
      const { data } = cut(enlarged, [[top, left]], height);
      return { shape: [3, height, width], data };
    };
  }
  return (top, left) => {
    const box = { top, left, height, width, mirrored };
    return normalise(pixels(image, size, box), normalization);
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
function pixels(image: Image, [scaledHeight, scaledWidth]: Size, box: Box): Image {
  const { top, left, height, width, mirrored } = box;
  const same = image.height === height && image.width === width && scaledHeight === height &&
    scaledWidth === width && !mirrored;
  if (same) return image;
  const start = mirrored ? scaledWidth - left - width : left;
  const window = { top, left: start, height, width, flip: mirrored };
  return bilinearPixels(image, { scaledHeight, scaledWidth, ...window });
}
