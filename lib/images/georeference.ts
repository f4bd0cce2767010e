import { readFile } from "node:fs/promises";
import type { TiffField } from "./tiff_fields.ts";
import { firstImage } from "./tiff_samples.ts";

/** The tags that say where on Earth the pixels of a GeoTIFF are (OGC 19-008r4), and their types. */
const GEOREFERENCE = {
  ModelPixelScale: [33550, "double"],
  ModelTiepoint: [33922, "double"],
  ModelTransformation: [34264, "double"],
  GeoKeyDirectory: [34735, "short"],
  GeoDoubleParams: [34736, "double"],
  GeoAsciiParams: [34737, "ascii"],
} as const;

/**
 * Where on Earth the pixels of an image file are, as its fields say it; none where they do not, or cannot
 * be read, in files of other formats, and where EXIF turns the pixels.
 */
export async function georeferenceOf(path: string): Promise<readonly TiffField[]> {
  if (!/\.tiff?$/i.test(path)) return [];
  return await fieldsOf(path).catch(() => []);
}

async function fieldsOf(path: string): Promise<readonly TiffField[]> {
  const { fileDirectory } = await firstImage(await readFile(path));
  if ((await fileDirectory.loadValue("Orientation") ?? 1) > 1) return [];
  const fields: TiffField[] = [];
  for (const [name, [tag, type]] of Object.entries(GEOREFERENCE)) {
    if (!fileDirectory.hasTag(tag)) continue;
    const value = await fileDirectory.loadValue(name as keyof typeof GEOREFERENCE);
    if (value === undefined) continue;
    const values = typeof value === "string" ? asciiOf(value) : Array.from(value);
    fields.push({ tag, type, values });
  }
  return fields;
}

/** The bytes of a text, which ends with 0. */
function asciiOf(text: string): number[] {
  const codes = [...text].map((sign) => sign.charCodeAt(0));
  return codes.at(-1) === 0 ? codes : [...codes, 0];
}
