import { type Resampling, resizeAntialiased } from "./antialiased.ts";
import { bilinearBands, resizeBands } from "./bands.ts";
import { channelsOf, isBands, type Raster } from "./image.ts";
import { rotatedBands, rotatedPixels } from "./rotated_window.ts";
import type { Normalization } from "./normalise.ts";
import { bilinearPixels, type Window } from "./window.ts";

/** What a window of an image shows, bilinear: `bilinearPixels`, or the same of bands. */
export function windowOf(picture: Raster, window: Window): Raster {
  return isBands(picture) ? bilinearBands(picture, window) : bilinearPixels(picture, window);
}

/** What a turned window shows, with the mean outside of the image: `rotatedPixels`, or the same of bands. */
export function rotatedWindowOf(
  picture: Raster,
  window: Window,
  radians: number,
  { mean }: Normalization,
): Raster {
  if (isBands(picture)) return rotatedBands(picture, window, radians);
  const [r = 0, g = 0, b = 0] = mean.map(Math.round);
  return rotatedPixels(picture, window, radians, [r, g, b]);
}

/**
 * What is no part of an image, for each channel: the mean, which is normalised to 0 or nearly so, or in
 * bands no value, which becomes the mean.
 */
export function fillOf(picture: Raster, { mean }: Normalization): readonly number[] {
  if (isBands(picture)) return Array(channelsOf(picture)).fill(NaN);
  return mean.map(Math.round);
}

/** An image of another size as PIL resizes it: `resizeAntialiased`, or the same of bands. */
export function resized(
  picture: Raster,
  height: number,
  width: number,
  resampling?: Resampling,
): Raster {
  return isBands(picture)
    ? resizeBands(picture, height, width, resampling)
    : resizeAntialiased(picture, height, width, resampling);
}
