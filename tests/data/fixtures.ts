import { encode } from "fast-png";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Example, Image, LabelMap } from "../../lib/data/dataset.ts";
import { encodeImage } from "../../lib/data/image.ts";

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
