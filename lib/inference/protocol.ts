import { type Fit, fittedSize } from "../data/fit.ts";
import { enlargedSize, type Size } from "./sliding_window.ts";

/** The size that an image is resized to before a network sees it, at ratio 1. */
export type Resize =
  /** Its own. */
  | { readonly to: "own size" }
  /** The largest of the same proportions within a box: mmcv's `keep_ratio`. */
  | { readonly to: "box"; readonly box: Fit }
  /** The short side's length, which at no ratio is below `least`: SETR's `setr_multi_scale`. */
  | { readonly to: "short side"; readonly short: number; readonly least: number }
  /** One size whatever the proportions, with PIL's antialiasing: Hugging Face's SegFormer. */
  | { readonly to: "size"; readonly size: Size };

/** Square windows that slide over a resized image; the scores are averaged where they overlap. */
export interface Windows {
  /** Side of a window and distance of neighbouring ones, in pixels. */
  readonly window: number;
  readonly stride: number;
  /**
   * An image with a side below the window is enlarged, as in Segmenter's code, or else seen in smaller
   * windows, as in mmseg's.
   */
  readonly enlarge: boolean;
}

/** How images of any size reach a network, and of which passes its answer is the mean. */
export interface Protocol {
  readonly resize: Resize;
  /** Both sides are rounded up to a multiple of this, whatever that does to the proportions. */
  readonly multiple: number;
  /** Null where the network sees the image whole. */
  readonly windows: Windows | null;
  /** Factors of the size; the probabilities of all passes are averaged. */
  readonly ratios: readonly number[];
  /** Each pass is repeated in the mirror. */
  readonly flip: boolean;
}

/** The scales of multi-scale inference in Segmenter's paper and in most of mmseg's configs. */
export const RATIOS = [0.5, 0.75, 1, 1.25, 1.5, 1.75] as const;

/** The windows themselves where they leave no gaps: a stride above the window is a RangeError. */
export function gapless(windows: Windows): Windows {
  const { window, stride } = windows;
  if (stride <= window) return windows;
  throw new RangeError(
    `Cannot cut windows: a stride of at most the window's ${window} pixels needed, got ${stride}`,
  );
}

/**
 * Windows over images of their own size, or fitted into a box `base`: how a network that was trained
 * here looks.
 */
export function windowProtocol(
  { base, window, stride }: Omit<Windows, "enlarge"> & { readonly base: Fit | null },
): Protocol {
  return {
    resize: base ? { to: "box", box: base } : { to: "own size" },
    multiple: 1,
    windows: gapless({ window, stride, enlarge: true }),
    ratios: [1],
    flip: false,
  };
}

/** One pass of an image through a network. */
export interface Look {
  /** The size to which the image's bytes are resized. */
  readonly size: Size;
  /** As PIL resizes, with antialiasing; otherwise as OpenCV does, without. */
  readonly antialiased: boolean;
  /** The size to which the normalised image is enlarged then: at least a window. */
  readonly seen: Size;
  /** The size of a window and the distance of neighbouring ones, by rows and by columns. */
  readonly window: Size;
  readonly stride: Size;
  /** Scores are resized to the image's size at once, without a stop at the seen size. */
  readonly direct: boolean;
  readonly mirrored: boolean;
}

/** The passes of an image [h, w]: at each ratio, and in the mirror where asked. */
export function looksAt(image: Size, protocol: Protocol): Look[] {
  return protocol.ratios.flatMap((ratio) => {
    const look = lookAt(image, protocol, ratio);
    return protocol.flip ? [look, { ...look, mirrored: true }] : [look];
  });
}

function lookAt(image: Size, { resize, multiple, windows }: Protocol, ratio: number): Look {
  const exact = resized(image, resize, ratio);
  const size = exact.map((side) => Math.ceil(side / multiple) * multiple) as [number, number];
  const stretched = resize.to === "size";
  const how = { size, antialiased: stretched, direct: stretched && !windows, mirrored: false };
  if (!windows) return { ...how, seen: size, window: size, stride: size };
  const { window, stride, enlarge } = windows;
  return {
    ...how,
    seen: enlarge ? enlargedSize(size, window) : size,
    window: enlarge ? [window, window] : [Math.min(window, size[0]), Math.min(window, size[1])],
    stride: [stride, stride],
  };
}

function resized(image: Size, resize: Resize, ratio: number): Size {
  const [h, w] = image;
  if (resize.to === "box") return fittedSize(image, resize.box, ratio);
  if (resize.to === "short side") {
    const factor = Math.max(Math.trunc(resize.short * ratio), resize.least) / Math.min(h, w);
    return [atLeastOne(h * factor), atLeastOne(w * factor)];
  }
  const [height, width] = resize.to === "size" ? resize.size : image;
  return [atLeastOne(height * ratio), atLeastOne(width * ratio)];
}

function atLeastOne(side: number): number {
  return Math.max(1, Math.floor(side + 0.5));
}
