import sharp from "sharp";
import type { LabelMap } from "../images/image.ts";

/**
 * A label map as the bytes of a grey PNG of 8 bits: grey values are the labels, and every decoder
 * gives them back as one channel, which palettes are not sure to be.
 */
export async function encodeGrey({ width, height, data }: LabelMap): Promise<Uint8Array> {
  const image = sharp(data, { raw: { width, height, channels: 1 } });
  return await image.toColourspace("b-w").png().toBuffer();
}
