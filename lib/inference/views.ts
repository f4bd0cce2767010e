import type { Protocol, Resize } from "../families/protocol.ts";
import type { Resampling } from "../images/antialiased.ts";
import type { Size } from "../images/image.ts";
import { fittedSize, sizeOfLongSide } from "../images/window.ts";

/** One pass of an image through a network. */
export interface View {
  /** The size to which the image's bytes are resized. */
  readonly size: Size;
  /** As PIL resizes, with antialiasing; null where as OpenCV does, without. */
  readonly resampling: Resampling | null;
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
export function viewsOf(image: Size, protocol: Protocol): View[] {
  return protocol.ratios.flatMap((ratio) => {
    const view = viewAt(image, protocol, ratio);
    return protocol.flip ? [view, { ...view, mirrored: true }] : [view];
  });
}

function viewAt(image: Size, { resize, multiple, windows }: Protocol, ratio: number): View {
  const exact = resized(image, resize, ratio);
  const size = exact.map((side) => Math.ceil(side / multiple) * multiple) as [number, number];
  const resampling = "resampling" in resize ? resize.resampling : null;
  const direct = resampling !== null && !windows;
  const how = { size, resampling, direct, mirrored: false };
  if (!windows) return { ...how, seen: size, window: size, stride: size };
  const { window, stride, enlarge } = windows;
  const seen = enlarge ? enlargedSize(size, window) : size;
  const along = (axis: 0 | 1) => stride === "even" ? evenStride(seen[axis], window) : stride;
  return {
    ...how,
    seen,
    window: enlarge ? [window, window] : [Math.min(window, size[0]), Math.min(window, size[1])],
    stride: [along(0), along(1)],
  };
}

/** The distance at which as few windows as cover a length lie evenly; any where one does. */
function evenStride(length: number, window: number): number {
  const count = Math.ceil(length / window);
  return count < 2 ? window : (length - window) / (count - 1);
}

function resized(image: Size, resize: Resize, ratio: number): Size {
  const [h, w] = image;
  if (resize.to === "box") return fittedSize(image, resize.box, ratio);
  if (resize.to === "long side") return sizeOfLongSide(image, resize.long, ratio);
  if (resize.to === "short side") {
    const factor = Math.max(Math.trunc(resize.short * ratio), resize.least) / Math.min(h, w);
    return [atLeastOne(h * factor), atLeastOne(w * factor)];
  }
  if (resize.to === "shortest edge") return withShortestEdge(image, resize, ratio);
  const [height, width] = resize.to === "size" ? resize.size : image;
  return [atLeastOne(height * ratio), atLeastOne(width * ratio)];
}

/** As transformers' get_resize_output_image_size: truncated, the long side limited. */
function withShortestEdge(
  [h, w]: Size,
  { edge, longest }: Resize & { readonly to: "shortest edge" },
  ratio: number,
): Size {
  const [short, long] = [Math.min(h, w), Math.max(h, w)];
  let [newShort, newLong] = [Math.trunc(edge * ratio), Math.trunc(edge * ratio * long / short)];
  const most = longest === null ? Infinity : Math.trunc(longest * ratio);
  if (newLong > most) [newShort, newLong] = [Math.trunc(most * newShort / newLong), most];
  const [a, b] = [Math.max(1, newShort), Math.max(1, newLong)];
  return h <= w ? [a, b] : [b, a];
}

function atLeastOne(side: number): number {
  return Math.max(1, Math.floor(side + 0.5));
}

/** The size at which windows fit: the short side at least `window`, the ratio of sides kept. */
export function enlargedSize([h, w]: Size, window: number): Size {
  if (Math.min(h, w) >= window) return [h, w];
  return h < w ? [window, Math.trunc((w / h) * window)] : [Math.trunc((h / w) * window), window];
}

/** Where windows start along an axis: at multiples of the stride, cut off, and where the last one fits. */
export function anchors(length: number, window: number, stride: number): number[] {
  const count = Math.max(0, Math.ceil((length - window) / stride - 1e-9)); // the last one's may be a multiple
  return [...Array.from({ length: count }, (_, i) => Math.trunc(i * stride)), length - window];
}
