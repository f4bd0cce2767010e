import sharp from "sharp";
import type { Colour, Image, LabelMap } from "../images/image.ts";
import { nearestLabels } from "../images/window.ts";
import { overlay } from "./overlay.ts";

/** The longer side of a small picture in pixels. */
const SIDE = 192;

/** The bytes of a small JPEG of a label map over its image, both [h, w], at half opacity. */
export async function thumbnail(
  image: Image,
  labels: LabelMap,
  palette: readonly Colour[],
): Promise<Uint8Array> {
  const shrink = Math.min(1, SIDE / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * shrink));
  const height = Math.max(1, Math.round(image.height * shrink));
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const data = await sharp(image.data, { raw }).resize(width, height, { fit: "fill" }).raw()
    .toBuffer();
  const whole = { scaledWidth: width, scaledHeight: height, left: 0, top: 0, flip: false };
  const small = nearestLabels(labels, { ...whole, width, height });
  const shown = overlay({ width, height, data }, small, palette);
  return await sharp(shown.data, { raw: { width, height, channels: 3 } }).jpeg({ quality: 75 })
    .toBuffer();
}
