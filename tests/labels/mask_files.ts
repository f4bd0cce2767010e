import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import type { Split } from "../../lib/data/dataset.ts";
import { shownImage } from "../../lib/images/shown_bands.ts";
import type { Pair } from "../../lib/data/pairs.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import type { LabelMap } from "../../lib/images/image.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { greyPng } from "../data/fixtures.ts";

/** The classes of *scenes*, with colours of their own. */
export const sceneClasses = scenes({ seed: 1, split: "train", length: 1, size: 64 }).classes;

/** Writes *scenes* of 64×64 pixels as `images/NAME.png` and `masks/NAME.png`; gives the pairs. */
export async function writeScenes(
  dir: string,
  count: number,
  split: Split = "train",
): Promise<Pair[]> {
  const dataset = scenes({ seed: 1, split, length: count, size: 64 });
  for (const folder of ["images", "masks"]) await mkdir(join(dir, folder), { recursive: true });
  return await Promise.all(Array.from({ length: count }, async (_, i) => {
    const { image, labels } = await dataset.example(i);
    const name = String(i).padStart(2, "0");
    const [imageFile, labelFile] = ["images", "masks"].map((folder) =>
      join(dir, folder, `${name}.png`)
    );
    await writeFile(imageFile!, await encodeImage(shownImage(image)));
    await writeFile(labelFile!, greyPng(labels));
    return { name, image: imageFile!, labels: labelFile! };
  }));
}

/** The labels of the first of *scenes*. */
export async function sceneLabels(size = 64): Promise<LabelMap> {
  return (await scenes({ seed: 1, split: "train", length: 1, size }).example(0)).labels;
}

/** A label map that was saved as JPEG and read again. */
export async function smeared({ width, height, data }: LabelMap): Promise<LabelMap> {
  const raw = { width, height, channels: 1 } as const;
  const jpeg = await sharp(data, { raw }).jpeg({ quality: 75 }).toBuffer();
  return { width, height, data: await greyOf(sharp(jpeg)) };
}

/** A label map resized to twice its sides by linear interpolation. */
export async function resizedSmoothly({ width, height, data }: LabelMap): Promise<LabelMap> {
  const raw = { width, height, channels: 1 } as const;
  const twice = { width: 2 * width, height: 2 * height };
  const picture = sharp(data, { raw }).resize({ ...twice, kernel: "linear" });
  return { ...twice, data: await greyOf(picture) };
}

async function greyOf(picture: Sharp): Promise<Uint8Array> {
  return new Uint8Array(await picture.extractChannel(0).raw().toBuffer());
}
