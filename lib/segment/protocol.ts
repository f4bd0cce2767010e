import { type Fit, fittedSize } from "../eval/multi_scale.ts";
import { enlargedSize, type Size } from "../eval/sliding_window.ts";

/** How pictures of any size reach a network. */
export type Protocol =
  /** Whole, resized to one size whatever their proportions: Hugging Face's SegFormer. */
  | { readonly name: "stretched"; readonly size: Size }
  /** Whole, fitted into a box, then both sides rounded up: NVlabs' SegFormer. */
  | { readonly name: "fitted"; readonly fit: Fit; readonly multiple: number }
  /** In square windows at their own size; smaller pictures are enlarged to the window. */
  | { readonly name: "windows"; readonly window: number; readonly stride: number };

/** One pass of a picture through a network. */
export interface Look {
  /** The size to which the picture's bytes are resized. */
  readonly size: Size;
  /** As PIL resizes, with antialiasing; otherwise as OpenCV does, without. */
  readonly antialiased: boolean;
  /** The size to which the normalised picture is enlarged then: at least a window. */
  readonly seen: Size;
  /** The size of a window and the distance of neighbouring ones, by rows and by columns. */
  readonly window: Size;
  readonly stride: Size;
  /** Scores are resized to the picture's size at once, without a stop at the seen size. */
  readonly direct: boolean;
  readonly mirrored: boolean;
}

/** The passes of a picture [h, w]: at each ratio of its usual size, and in the mirror where asked. */
export function looksAt(
  picture: Size,
  protocol: Protocol,
  ratios: readonly number[],
  flip: boolean,
): Look[] {
  return ratios.flatMap((ratio) => {
    const look = lookAt(picture, protocol, ratio);
    return flip ? [look, { ...look, mirrored: true }] : [look];
  });
}

function lookAt(picture: Size, protocol: Protocol, ratio: number): Look {
  const whole = (size: Size) => ({ size, seen: size, window: size, stride: size, mirrored: false });
  const scaled = ([h, w]: Size): Size => [atLeastOne(h * ratio), atLeastOne(w * ratio)];
  if (protocol.name === "stretched") {
    return { ...whole(scaled(protocol.size)), antialiased: true, direct: true };
  }
  if (protocol.name === "fitted") {
    const { fit, multiple } = protocol;
    const ceil = (side: number) => Math.ceil(side / multiple) * multiple;
    const [h, w] = fittedSize(picture, fit, ratio);
    return { ...whole([ceil(h), ceil(w)]), antialiased: false, direct: false };
  }
  const { window, stride } = protocol;
  const size = scaled(picture);
  return {
    ...whole(size),
    antialiased: false,
    direct: false,
    seen: enlargedSize(size, window),
    window: [window, window],
    stride: [stride, stride],
  };
}

function atLeastOne(side: number): number {
  return Math.max(1, Math.floor(side + 0.5));
}
