import type { Resampling } from "../images/antialiased.ts";
import type { Fit } from "../images/window.ts";

/** The size that an image is resized to before a network sees it, at ratio 1. */
export type Resize =
  /** Its own. */
  | { readonly to: "own size" }
  /** The largest of the same proportions within a box: mmcv's `keep_ratio`. */
  | { readonly to: "box"; readonly box: Fit }
  /** The long side's length, as PIL resizes: the working size of a network that was trained here. */
  | { readonly to: "long side"; readonly long: number; readonly resampling: Resampling }
  /** The short side's length, which at no ratio is below `least`: SETR's `setr_multi_scale`. */
  | { readonly to: "short side"; readonly short: number; readonly least: number }
  /** One size whatever the proportions, as PIL resizes: Hugging Face's SegFormer. */
  | {
    readonly to: "size";
    readonly size: readonly [height: number, width: number];
    readonly resampling: Resampling;
  }
  /** The short side's length, the long one's rounded down, as PIL resizes. */
  | {
    readonly to: "shortest edge";
    readonly edge: number;
    /** What the long side is at most, whatever the short one becomes. */
    readonly longest: number | null;
    readonly resampling: Resampling;
  };

/** Square windows that slide over a resized image; the scores are averaged where they overlap. */
export interface Windows {
  /** Side of a window in pixels. */
  readonly window: number;
  /** Distance of neighbouring windows in pixels; "even" has as few windows as cover an axis, evenly. */
  readonly stride: number | "even";
  /**
   * An image with a side below the window is enlarged, as in Segmenter's code, or else seen in smaller
   * windows, as in mmseg's.
   */
  readonly enlarge: boolean;
}

/** How images of any size reach a network at one scale. */
export interface Sight {
  /** What the image is resized to first. */
  readonly resize: Resize;
  /** Both sides are rounded up to a multiple of this, whatever that does to the proportions. */
  readonly multiple: number;
  /** Null where the network sees the image whole. */
  readonly windows: Windows | null;
}

/** How images of any size reach a network, and of which passes its answer is the mean. */
export interface Protocol extends Sight {
  /** Factors of the size; the probabilities of all passes are averaged. */
  readonly ratios: readonly number[];
  /** Each pass is repeated in the mirror. */
  readonly flip: boolean;
}

/** The scales of multi-scale inference in Segmenter's paper and in most of mmseg's configs. */
export const RATIOS = [0.5, 0.75, 1, 1.25, 1.5, 1.75] as const;

/** One pass at the image's own scale. */
export function singlePass(sight: Sight): Protocol {
  return { ...sight, ratios: [1], flip: false };
}

/** Pictures resized to squares that a network was built for, whatever their proportions. */
export function squareProtocol(side: number): Protocol {
  const resize = { to: "size", size: [side, side], resampling: "bicubic" } as const;
  return singlePass({ resize, multiple: 1, windows: null });
}

/** The windows themselves where they leave no gaps: a stride above the window is a RangeError. */
export function gapless(windows: Windows): Windows {
  const { window, stride } = windows;
  if (stride === "even" || stride <= window) return windows;
  throw new RangeError(
    `Cannot cut windows: a stride of at most the window's ${window} pixels needed, got ${stride}`,
  );
}

/** Images with a long side of so many pixels, or of their own size where it is null. */
export function resizeTo(long: number | null): Resize {
  return long === null ? { to: "own size" } : { to: "long side", long, resampling: "bilinear" };
}

/** A model's protocol with windows of a side, whatever it had; `chosen` is their distance. */
export function windowed(
  { protocol, stride }: { readonly protocol: Protocol; readonly stride: number },
  window: number,
  chosen: number = Math.min(stride, window),
): Sight {
  const resize: Resize = protocol.windows ? protocol.resize : { to: "own size" };
  const { enlarge } = protocol.windows ?? { enlarge: true };
  return { resize, multiple: 1, windows: gapless({ window, stride: chosen, enlarge }) };
}

/**
 * Windows over images of their own size, of a working size `resize` (the long side's length) or fitted into
 * a box `base`: how a network that was trained here looks.
 */
export function windowProtocol(
  { base, resize = null, window, stride }: Omit<Windows, "enlarge"> & {
    readonly base: Fit | null;
    readonly resize?: number | null;
  },
): Protocol {
  return singlePass({
    resize: base ? { to: "box", box: base } : resizeTo(resize),
    multiple: 1,
    windows: gapless({ window, stride, enlarge: true }),
  });
}
