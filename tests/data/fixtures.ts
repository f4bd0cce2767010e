import { encode } from "fast-png";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Example } from "../../lib/data/dataset.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import type { Image, LabelMap } from "../../lib/images/image.ts";
import { orientationChunk, writePng } from "../images/png_writer.ts";

/** Runs a test body with an empty folder that is gone afterwards. */
export async function withFolder(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "seglab-data-"));
  try {
    await body(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** An image whose every byte differs from its neighbours': (7x + 13y + 101c) mod 256. */
export function pattern(width: number, height: number): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return (7 * (pixel % width) + 13 * Math.floor(pixel / width) + 101 * (i % 3)) % 256;
  });
  return { width, height, data };
}

/** Labels by a function of column and row. */
export function labelMap(
  width: number,
  height: number,
  label: (x: number, y: number) => number,
): LabelMap {
  const data = Uint8Array.from(
    { length: width * height },
    (_, i) => label(i % width, Math.floor(i / width)),
  );
  return { width, height, data };
}

/** A pattern image with labels. */
export function exampleOf(labels: LabelMap): Example {
  return { name: "pattern", image: pattern(labels.width, labels.height), labels };
}

/** A grey PNG of raw values. */
export function greyPng(labels: LabelMap): Uint8Array {
  return encode({ ...labels, channels: 1, depth: 8 });
}

/** Writes `images/NAME.png` and `masks/NAME.png` below a folder. */
export async function writePair(
  dir: string,
  name: string,
  image: Image,
  mask: Uint8Array,
): Promise<void> {
  for (const folder of ["images", "masks"]) await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, "images", `${name}.png`), await encodeImage(image));
  await writeFile(join(dir, "masks", `${name}.png`), mask);
}

/** A PNG [h, w, 1 or 3] whose EXIF says an orientation, 1 to 8. */
export function orientedPng({ width, height, data }: Image | LabelMap, orientation: number) {
  const type = data.length === width * height ? 0 : 2;
  const chunks = [orientationChunk(orientation)];
  return writePng({ width, height, bits: 8, type, samples: data, interlaced: false, chunks });
}

/** Writes files by their paths below a folder, with the folders that they are in. */
export async function writeFiles(
  dir: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  for (const [path, contents] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), contents);
  }
}

/** How many pixels of a map have each value: what `numpy.unique(map, return_counts=True)` says. */
export function countsOf(map: Uint8Array | Uint16Array): Record<number, number> {
  const counts = new Uint32Array(65536);
  for (const value of map) counts[value]!++;
  return Object.fromEntries([...counts].map((n, value) => [value, n]).filter(([, n]) => n! > 0));
}

/** A grey PNG of one row. */
export function greyRow(...values: number[]): Uint8Array {
  return greyPng(labelMap(values.length, 1, (x) => values[x]!));
}

/** A row of pixels as the bytes of an image file. */
export function imageRow(width: number): Promise<Uint8Array> {
  return encodeImage(pattern(width, 1));
}

/** What a training of one's own data is told at least. */
export const ownChoices = {
  variant: "Seg-T/16",
  accumulate: 1,
  checkpointEvery: 1,
  seed: 1,
  threads: 1,
} as const;
