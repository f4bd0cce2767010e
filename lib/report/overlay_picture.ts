import { Buffer } from "node:buffer";
import sharp from "sharp";
import type { ClassKey, Image, LabelMap } from "../images/image.ts";
import { legend } from "./comparison.ts";
import { overlay } from "./overlay.ts";
import { Photograph } from "./picture.ts";

/** Narrower pictures get a white margin at the right, so that the names have room. */
const NARROWEST = 240;

/**
 * A class map laid over its image at half opacity, pixel by pixel from the top left corner, and below
 * it the names and colours of some classes in their order.
 */
export async function overlayPicture(
  image: Image,
  labels: LabelMap,
  { classes, palette }: ClassKey,
  named: readonly number[],
): Promise<Photograph> {
  const { width, height, data } = overlay(image, labels, palette);
  const whole = Math.max(NARROWEST, width);
  const names = await legend({
    classes: named.map((index) => classes[index]!),
    palette: named.map((index) => palette[index]!),
  }, whole);
  const input = Buffer.from(await names.png());
  const { height: below = 0 } = await sharp(input).metadata();
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .extend({ right: whole - width, bottom: below, background: "white" })
    .composite([{ input, left: 0, top: height }])
    .removeAlpha()
    .png({ compressionLevel: 1 }) // level 6 takes twice the time for a tenth of the bytes
    .toBuffer();
  return new Photograph(bytes);
}
