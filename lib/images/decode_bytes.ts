import { Buffer } from "node:buffer";
import type { LabelMap } from "./image.ts";
import { corrupt, NEEDED_MASK, sharpOf } from "./picture_file.ts";
import { headerOf, requireRoom } from "./reading.ts";

/** The first channel [height, width] of a PNG in base64 that stands in the file `path`. */
export async function decodeGreyBytes(base64: string, path: string): Promise<LabelMap> {
  const bytes = Buffer.from(base64, "base64");
  try {
    const input = sharpOf({ bytes });
    requireRoom(await headerOf(input), path, 1, {});
    const { data, info: { width, height } } = await input.extractChannel(0)
      .toColourspace("b-w").raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    return { width, height, data: new Uint8Array(data) };
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw corrupt(path, NEEDED_MASK, cause);
  }
}
