import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Dataset, Example } from "../data/dataset.ts";
import { encodeImage } from "../images/encode.ts";
import { writeAtomically } from "../files.ts";
import { parseJson, readJson } from "../json.ts";
import { type ClassKey, colourSchema, type LabelMap } from "../images/image.ts";
import { shownImage } from "../images/shown_bands.ts";
import { classesIn, overlay } from "../report/overlay.ts";
import { Photograph } from "../report/picture.ts";
import { shortened } from "../short_name.ts";
import { readText } from "../text_file.ts";

/** The path of a picture of a run or of an evaluation: `imagePath(folder, "classes.json")`. */
export function imagePath(folder: string, name: string): string {
  return join(folder, "images", name);
}

/** The name of an example as a file's. */
export function fileName(example: string): string {
  return shortened(example.replaceAll("/", "_"));
}

/** What is added to an example's name for the picture of its ground truth. */
export const TRUTH = "_truth.jpg";

/** NAME of each pair of pictures NAME.jpg and NAME_truth.jpg of a folder, in order. */
export async function drawnNames(folder: string): Promise<string[]> {
  const images = imagePath(folder, "");
  if (!existsSync(images)) return [];
  const files = await readdir(images);
  return files.filter((file) => file.endsWith(TRUTH)).map((file) => file.slice(0, -TRUTH.length))
    .filter((name) => files.includes(`${name}.jpg`)).sort();
}

const classesSchema = z.array(z.strictObject({
  name: z.string(),
  colour: colourSchema.readonly(),
}));

/** A class's name and the colour that it has in pictures. */
export type DrawnClass = z.infer<typeof classesSchema>[number];

/** Writes images/classes.json: the key to the colours of a folder's pictures. */
export async function writeClasses(folder: string, { classes, palette }: ClassKey): Promise<void> {
  const drawn = classes.map((name, i) => JSON.stringify({ name, colour: palette[i] }));
  await writeAtomically(imagePath(folder, "classes.json"), `[\n${drawn.join(",\n")}\n]\n`);
}

/** The classes of a folder's pictures, in the order of their indices. */
export function readDrawnClasses(folder: string): Promise<DrawnClass[]> {
  const needed = { needs: "the classes of a run's pictures" };
  return readJson(imagePath(folder, "classes.json"), classesSchema, needed);
}

const drawnSchema = z.array(z.strictObject({
  /** NAME of the pictures NAME.jpg and NAME_truth.jpg. */
  name: z.string(),
  /** The image's own mIoU in 0 to 1; null where no pixel is labelled. */
  mIoU: z.number().nullable(),
  /** The classes in labels or prediction, in rising order. */
  classes: z.array(z.int().min(0)),
}));

/** What an image's pictures in a folder show. */
export type DrawnImage = z.infer<typeof drawnSchema>[number];

/** Draws NAME.jpg, an example with its prediction, and NAME_truth.jpg; gives what they show. */
export async function drawExample(
  folder: string,
  { name: example, image, labels }: Example,
  prediction: LabelMap,
  { palette }: Dataset,
  mIoU: number,
): Promise<DrawnImage> {
  const name = fileName(example);
  const shown = shownImage(image);
  for (const [file, map] of [[`${name}.jpg`, prediction], [name + TRUTH, labels]] as const) {
    const jpeg = new Photograph(await encodeImage(overlay(shown, map, palette)));
    await jpeg.save(imagePath(folder, file));
  }
  const classes = classesIn([prediction, labels]);
  return { name, mIoU: Number.isNaN(mIoU) ? null : mIoU, classes };
}

/** Writes images/drawn.json: what the pictures of a folder show, which their pixels do not tell. */
export async function writeDrawn(folder: string, drawn: readonly DrawnImage[]): Promise<void> {
  const lines = drawn.map((image) => JSON.stringify(image)).join(",\n");
  await writeAtomically(imagePath(folder, "drawn.json"), `[\n${lines}\n]\n`);
}

/** Reads images/drawn.json; null where the folder is of an earlier version, which wrote none. */
export async function readDrawn(folder: string): Promise<DrawnImage[] | null> {
  const path = imagePath(folder, "drawn.json");
  const text = await readText(path).catch((error) => {
    if (error?.code === "ENOENT") return null;
    throw error;
  });
  return text === null ? null : parseJson(text, path, drawnSchema, { needs: "what images show" });
}
