import type { Image } from "../../../lib/images/image.ts";

/** The longer side in pixels beyond which a photo is reduced: strokes need no more. */
const LONGEST = 1024;

/** A picture file as RGB pixels, reduced where it is large; one that the browser does not show is an error. */
export async function openedPhoto(file: Blob, name: string, smallest: number): Promise<Image> {
  const picture = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => null);
  if (picture === null) {
    throw new TypeError(
      `Cannot read ${name}: a picture that this browser shows (JPEG, PNG, WebP …) needed, got another file.`,
    );
  }
  const factor = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * factor));
  const height = Math.max(1, Math.round(picture.height * factor));
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  if (Math.min(width, height) < smallest) {
    throw new RangeError(
      `Cannot read ${name}: at least ${smallest}×${smallest} pixels needed, got ${width}×${height}.`,
    );
  }
  return withoutAlpha(context.getImageData(0, 0, width, height));
}

/** Pixels [h, w, 4] to [h, w, 3]. */
export function withoutAlpha(
  { width, height, data }: {
    readonly width: number;
    readonly height: number;
    readonly data: ArrayLike<number>;
  },
): Image {
  const colours = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    colours[to] = data[from]!;
    colours[to + 1] = data[from + 1]!;
    colours[to + 2] = data[from + 2]!;
  }
  return { width, height, data: colours };
}

/** An RGB image as a canvas takes it. */
export function imageData({ width, height, data }: Image): ImageData {
  const shown = new ImageData(width, height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    shown.data[to] = data[from]!;
    shown.data[to + 1] = data[from + 1]!;
    shown.data[to + 2] = data[from + 2]!;
    shown.data[to + 3] = 255;
  }
  return shown;
}
