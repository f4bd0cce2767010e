import { type Bands, kindInWords, MOST_BANDS } from "./image.ts";
import { corrupt, NEEDED, type PictureFile, sharpOf } from "./picture_file.ts";
import { type PictureHeader, type Reading, requireRoom } from "./reading.ts";
import { tiffSamples } from "./tiff_samples.ts";

/** Whether a file's pixels are more than grey or RGB with an alpha channel: floats, or further bands. */
export function isBeyondRgb({ depth, space, channels }: PictureHeader): boolean {
  if (depth !== "uchar" && depth !== "ushort") return true;
  const colours = /b-w|grey/.test(space) ? 1 : space === "cmyk" ? 4 : 3;
  return channels > colours + 1;
}

/**
 * The bands of a file as they are stored, 8 or 16 bits or floats, in its order; another number of bands
 * than `channels` is a RangeError. An alpha channel is a band of a TIFF, and of other files where it is
 * counted. A TIFF's value for no data is NaN.
 */
export async function decodeBands(
  file: PictureFile,
  channels: number,
  reading: Reading,
): Promise<Bands> {
  const { path, header } = file;
  const isTiff = header.format === "tiff";
  const isDropped = !isTiff && header.hasAlpha && header.channels === channels + 1;
  const found = header.channels - (isDropped ? 1 : 0);
  if (found > MOST_BANDS) {
    throw new RangeError(
      `Cannot decode ${path}: needs at most ${MOST_BANDS} bands, got ${found}; write those that tell ` +
        `the classes apart into files of their own`,
    );
  }
  if (found !== channels) {
    throw new RangeError(
      `Cannot decode ${path}: needs ${
        kindInWords(channels, true)
      }, as the network or the other images ` +
        `have, got ${found}`,
    );
  }
  requireRoom(header, path, (isTiff ? 12 : 6) * channels, reading);
  if (isTiff) return await uprightTiff(file, channels, reading);
  try {
    return await otherBands(file, channels, isDropped, reading);
  } catch (cause) {
    throw corrupt(path, NEEDED, cause);
  }
}

async function uprightTiff(
  { path, header, bytes }: PictureFile,
  channels: number,
  { exif }: Reading,
): Promise<Bands> {
  if (header.orientation > 1 && exif !== "ignore") {
    throw new RangeError(
      `Cannot decode ${path}: needs a TIFF of bands that is stored upright, got orientation ` +
        `${header.orientation}; have it ignored (exif), or save the file upright`,
    );
  }
  const { width, height } = header;
  try {
    return whole({ width, height, channels, data: await tiffSamples(bytes) });
  } catch (cause) {
    throw corrupt(path, NEEDED, cause);
  }
}

/** PNG, JPEG and others: grey or colours, 8 or 16 bits. */
async function otherBands(
  file: PictureFile,
  channels: number,
  isDropped: boolean,
  { exif }: Reading,
): Promise<Bands> {
  const { space, depth, orientation } = file.header;
  const turned = exif !== "ignore" && orientation > 1;
  const input = turned ? sharpOf(file).autoOrient() : sharpOf(file);
  const wide = depth === "ushort";
  const isGrey = /b-w|grey/.test(space);
  const kept = (isDropped ? input.removeAlpha() : input)
    .toColourspace(isGrey ? (wide ? "grey16" : "b-w") : wide ? "rgb16" : "srgb");
  const { data: buffer, info: { width, height } } = await kept
    .raw({ depth: wide ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
  const bytes = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
  const data = Float32Array.from(wide ? new Uint16Array(bytes) : new Uint8Array(bytes));
  return whole({ width, height, channels, data });
}

/** Refuses pixels that are not as many as the header says. */
function whole(bands: Bands): Bands {
  const { width, height, channels, data } = bands;
  const needed = width * height * channels;
  if (data.length === needed) return bands;
  throw new RangeError(`${data.length} samples where ${width}×${height}×${channels} are ${needed}`);
}
