import { deflateSync } from "node:zlib";
import { type Colour, IGNORE, type LabelMap } from "./image.ts";
import { PIXELS_AT, type TiffField, tiffFile } from "./tiff_fields.ts";

const DEFLATE = 8;
const PALETTE = 3;

/**
 * A label map [h, w] as a TIFF of 8-bit palette indices, which are the classes' indices, with fields
 * beside: of a GeoTIFF those that say where it is.
 */
export function labelTiff(
  { width, height, data }: LabelMap,
  palette: readonly Colour[],
  beside: readonly TiffField[],
): Uint8Array {
  const pixels = new Uint8Array(deflateSync(data));
  const colours = Array.from({ length: IGNORE + 1 }, (_, i) => palette[i] ?? [0, 0, 0]);
  const map = [0, 1, 2].flatMap((channel) => colours.map((colour) => 257 * colour[channel]!));
  const long = (tag: number, value: number): TiffField => ({ tag, type: "long", values: [value] });
  const short = (tag: number, value: number): TiffField => ({
    tag,
    type: "short",
    values: [value],
  });
  return tiffFile(pixels, [
    long(256, width),
    long(257, height),
    short(258, 8), // bits a sample
    short(259, DEFLATE),
    short(262, PALETTE),
    long(273, PIXELS_AT), // the one strip: where it is,
    short(277, 1), // samples a pixel,
    long(278, height), // its rows,
    long(279, pixels.length), // its bytes
    { tag: 320, type: "short", values: map },
    ...beside,
  ]);
}
