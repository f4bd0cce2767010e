import type { Family, NetworkConfig } from "../families/family.ts";
import {
  gapless,
  type Protocol,
  RATIOS,
  type Resize,
  resizeTo,
  windowed,
  type Windows,
} from "../families/protocol.ts";

/** What a use of a model may choose. */
export interface ProtocolChoice {
  /** Side of the square windows in pixels. */
  readonly window?: number;
  /** Distance of neighbouring ones in pixels; that of the model, at most `window`, if not given. */
  readonly stride?: number;
  /** The longer side in pixels that images are resized to; null for their own size. */
  readonly resize?: number | null;
  /** The mean of the probabilities at the published scales. */
  readonly multiScale?: boolean;
  /** The mean of the probabilities of an image and of its mirror image. */
  readonly flip?: boolean;
}

/** What of a model a choice begins from. */
export interface SeenModel {
  readonly protocol: Protocol;
  readonly window: number;
  readonly stride: number;
}

/**
 * A model's own protocol, but for what is chosen. A window or stride that is given means windows for
 * any network.
 */
export function chosenProtocol(model: SeenModel, chosen: ProtocolChoice): Protocol {
  const { window, stride, resize, multiScale = false, flip = false } = chosen;
  const isOwn = window === undefined && stride === undefined;
  const sight = isOwn ? model.protocol : windowed(model, window ?? model.window, stride);
  const sized = resize === undefined ? sight : { ...sight, resize: resizeTo(resize) };
  return { ...sized, ratios: multiScale ? RATIOS : [1], flip };
}

/**
 * The test protocol of a family's paper on a data set (`ade20k`, `pascal-context`, `cityscapes` …),
 * where the model's windows are `window` pixels; `config` where the model is of that family.
 */
export function publishedProtocol(
  { name, testing }: Family,
  data: string,
  config: NetworkConfig | null,
  chosen: ProtocolChoice & { readonly window: number },
): Protocol {
  if (!testing) throw new RangeError(`Cannot test as ${name}: a family with a protocol needed`);
  const { window, stride, multiScale = false, flip = false } = chosen;
  const { windows, ...sight } = testing.sight(data, window);
  return {
    ...sight,
    windows: windows && gapless({ ...windows, stride: stride ?? windows.stride }),
    ratios: multiScale ? testing.scales(data, config) : [1],
    flip,
  };
}

/** A test protocol in words: sizes, windows and their distance in pixels, scales, mirror images. */
export function protocolWords({ resize, multiple, windows, ratios, flip }: Protocol): string {
  return [
    sizeWords(resize) + (multiple > 1 ? `, sides rounded up to multiples of ${multiple}` : ""),
    windows ? windowWords(windows) : "seen whole",
    ratios.length > 1 ? `the mean of scales ${ratios.join(", ")}` : `scale ${ratios[0]}`,
    flip ? "with the mirror image" : "no mirror image",
  ].join("; ");
}

function windowWords({ window, stride }: Windows): string {
  return stride === "even"
    ? `windows of ${window} pixels, as few as cover it, evenly`
    : `windows of ${window} pixels every ${stride}`;
}

function sizeWords(resize: Resize): string {
  if (resize.to === "box") return `images fitted into ${resize.box.long}×${resize.box.short}`;
  if (resize.to === "size") return `images resized to ${resize.size.join("×")}`;
  if (resize.to === "shortest edge") return `images with a short side of ${resize.edge}`;
  if (resize.to === "own size") return "images of their own size";
  if (resize.to === "long side") return `images with a long side of ${resize.long}`;
  return `images with a short side of ${Math.max(resize.short, resize.least)}`;
}
