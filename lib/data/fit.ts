/** The box that an image is resized into, mmseg's `img_scale`, in pixels. */
export interface Fit {
  readonly long: number;
  readonly short: number;
}

/**
 * The largest size [height, width] of an image's proportions within the box times the ratio, as
 * mmcv.imrescale rounds it: the box down, the sides to the nearest.
 */
export function fittedSize(
  [h, w]: readonly [height: number, width: number],
  fit: Fit,
  ratio: number,
): readonly [height: number, width: number] {
  const long = Math.trunc(fit.long * ratio);
  const short = Math.trunc(fit.short * ratio);
  const factor = Math.min(long / Math.max(h, w), short / Math.min(h, w));
  return [Math.floor(h * factor + 0.5), Math.floor(w * factor + 0.5)];
}
