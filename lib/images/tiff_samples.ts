import type { GeoTIFFImage } from "geotiff";

/**
 * All samples [height, width, bands] of the first image of a TIFF, as they are stored; NaN where they are
 * the file's value for no data.
 */
export async function tiffSamples(file: Uint8Array): Promise<Float32Array> {
  const image = await firstImage(file);
  requirePieces(image, file.length);
  const samples = await image.readRasters({ interleave: true }) as ArrayLike<number>;
  const data = Float32Array.from(samples);
  const none = image.getGDALNoData();
  if (none === null || Number.isNaN(none)) return data;
  const stored = Math.fround(none);
  for (let i = 0; i < data.length; i++) if (data[i] === stored) data[i] = NaN;
  return data;
}

/** The first image of a TIFF. */
export async function firstImage(file: Uint8Array): Promise<GeoTIFFImage> {
  const { fromArrayBuffer } = await import("geotiff"); // here: it takes 0.1 s to load
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  const tiff = await fromArrayBuffer(bytes as ArrayBuffer);
  return await tiff.getImage();
}

/** Bytes that a strip or tile takes of a file at least: where it is, and how long. */
const LEAST_PIECE = 4;

/** Refuses more strips or tiles than a file can hold, before they are looked for one by one. */
function requirePieces(image: GeoTIFFImage, bytes: number): void {
  const rows = Math.ceil(image.getHeight() / image.getTileHeight());
  const columns = Math.ceil(image.getWidth() / image.getTileWidth());
  if (rows * columns * LEAST_PIECE <= bytes) return;
  throw new RangeError(`more strips or tiles than ${bytes} bytes can hold`);
}
