import { basename, extname } from "node:path";
import type { NDArray } from "../array.ts";
import { checkImage } from "../data/checked.ts";
import { decodeImage } from "../images/decode.ts";
import { type Image, isBands, kindInWords, type Raster } from "../images/image.ts";
import { normalise } from "../images/normalise.ts";
import { bilinearPixels } from "../images/window.ts";
import { inFlight } from "../in_flight.ts";
import type { OpenedModel } from "../models/open.ts";
import type { Provider } from "../runtime/platform.ts";
import type { Listener } from "../progress.ts";

/** A picture to look at: the path of an image file, or an RGB image, which no bands can stand for. */
export type Picture = string | Raster;

/** What every analysis of pictures may choose. */
export interface LookOptions extends Listener {
  /** The pictures' short side in pixels as the network sees it; its window if not given. */
  readonly side?: number;
  /** Threads of the network; as many as the processor has if not given. */
  readonly threads?: number;
  /** What computes the network; the processor if not given. */
  readonly device?: Provider;
}

/** A picture as a network sees it. */
export interface View {
  /** The file's name without its ending, or "image 1". */
  readonly name: string;
  /** The pixels that the network sees, before they are normalised. */
  readonly image: Image;
  /** Normalised: [1, 3, h, w]. */
  readonly input: NDArray;
  /** How many of its pixels a pixel of the picture is wide. */
  readonly scale: number;
  /** The picture's own width and height in pixels. */
  readonly own: { readonly width: number; readonly height: number };
}

/** How pictures are cut: whole, or the square in their middle, so that all have one size. */
export type Cut = "whole" | "square";

/** Pictures one after the other, the next being decoded while one is looked at; none is an error. */
export async function* viewsOf(
  pictures: readonly Picture[],
  model: Pick<OpenedModel, "architecture" | "normalization" | "window">,
  { side = model.window, onProgress = () => {} }: LookOptions,
  { cut, title }: { readonly cut: Cut; readonly title: string },
): AsyncGenerator<View> {
  requireRgb(model);
  checkSide(side, model);
  if (pictures.length === 0) {
    throw new RangeError("Cannot analyse: at least one picture needed, got none");
  }
  let done = 0;
  const tell = () => onProgress({ title, done, total: pictures.length, unit: "image" });
  tell();
  for await (const picture of inFlight(pictures, 2, readPicture)) {
    const image = seen(picture, side, cut);
    const { shape, data } = normalise(image, model.normalization);
    yield {
      name: nameOf(pictures[done]!, done),
      image,
      input: { shape: [1, ...shape], data },
      scale: side / Math.min(picture.width, picture.height),
      own: { width: picture.width, height: picture.height },
    };
    done++;
    tell();
  }
}

/** The pixels of a picture. */
export async function readPicture(picture: Picture): Promise<Image> {
  if (typeof picture === "string") return await decodeImage(picture);
  if (isBands(picture)) {
    throw new RangeError(
      `Cannot analyse: an RGB image needed, got ${kindInWords(picture.channels, true)}`,
    );
  }
  checkImage(picture, "Cannot analyse");
  return picture;
}

/** A picture as `viewsOf` shows it, read again: many of them are not held in memory. */
export async function seenPicture(picture: Picture, side: number, cut: Cut): Promise<Image> {
  return seen(await readPicture(picture), side, cut);
}

/** A picture with a short side of `side` pixels, or the square of that side in its middle. */
function seen(picture: Image, side: number, cut: Cut): Image {
  const scale = side / Math.min(picture.width, picture.height);
  const scaledWidth = Math.max(side, Math.round(picture.width * scale));
  const scaledHeight = Math.max(side, Math.round(picture.height * scale));
  const [width, height] = cut === "whole" ? [scaledWidth, scaledHeight] : [side, side];
  const left = (scaledWidth - width) >> 1;
  const top = (scaledHeight - height) >> 1;
  if (width === picture.width && height === picture.height) return picture;
  return bilinearPixels(picture, {
    scaledWidth,
    scaledHeight,
    left,
    top,
    width,
    height,
    flip: false,
  });
}

/** Refuses a network of bands: pictures are read, and shown, as RGB here. */
export function requireRgb({ architecture }: Pick<OpenedModel, "architecture">): void {
  const { channels } = architecture;
  if (channels === undefined) return;
  throw new RangeError(
    `Cannot analyse pictures: a network of RGB images needed, got one of ${
      kindInWords(channels, true)
    }`,
  );
}

function checkSide(side: number, { architecture }: Pick<OpenedModel, "architecture">): void {
  const least = architecture.family.smallestSide(architecture.config);
  if (Number.isInteger(side) && side >= least) return;
  throw new RangeError(
    `Cannot analyse: a side of the pictures from ${least} pixels on needed, got ${side}`,
  );
}

/** The file's name without its ending, or "image 1". */
export function nameOf(picture: Picture, index: number): string {
  if (typeof picture !== "string") return `image ${index + 1}`;
  return basename(picture, extname(picture));
}
