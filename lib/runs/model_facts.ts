import { join } from "node:path";
import { z } from "zod";
import { decodedClasses } from "../analysis/decoded_classes.ts";
import type { NDArray } from "../array.ts";
import { normalise } from "../images/normalise.ts";
import type { Dataset } from "../data/dataset.ts";
import { writeAtomically } from "../files.ts";
import { readJson } from "../json.ts";
import { imagePath } from "./run_files.ts";
import { type Inference, inferenceOf } from "../train/config.ts";
import type { TrainedModel } from "../models/model_file.ts";
import { type ClassKey, colourSchema } from "../images/image.ts";

const classesSchema = z.array(z.strictObject({
  name: z.string(),
  colour: colourSchema.readonly(),
}));

/** A class's name and the colour that it has in pictures. */
export type DrawnClass = z.infer<typeof classesSchema>[number];

/** Writes images/classes.json: the key to the colours of a folder's pictures. */
export async function writeClasses(folder: string, model: ClassKey): Promise<void> {
  const drawn = model.classes.map((name, i) => {
    return JSON.stringify({ name, colour: model.palette[i] });
  });
  await writeAtomically(imagePath(folder, "classes.json"), `[\n${drawn.join(",\n")}\n]\n`);
}

/** How many validation images the decoded class tokens are a mean of. */
const IMAGES = 6;

/**
 * Writes class_embeddings.json, which a notebook reads in place of the weights: a Mask Transformer's
 * learned class embeddings [classes, dim], six significant digits, and what its decoder makes of them
 * where there are images `val` of one size to look at. Other decoders have none.
 */
export async function writeClassEmbeddings(
  folder: string,
  model: TrainedModel,
  val: Dataset | null,
): Promise<void> {
  const { config, classes, palette, weights } = model;
  const inference = inferenceOf(config, classes.length);
  const { family, config: network } = inference.architecture;
  const names = family.classEmbeddings?.(network);
  if (!names) return;
  const embeddings = weights.get(names.learned)!;
  const decoded = val && await decodedOf(model, inference, val);
  await writeAtomically(
    join(folder, "class_embeddings.json"),
    `{\n"classes": ${JSON.stringify(classes)},\n"palette": ${JSON.stringify(palette)},\n` +
      `"embeddings": ${rowsOf(embeddings)},\n"decoded": ${decoded ? rowsOf(decoded) : null}\n}\n`,
  );
}

/** The mean over images that are spread over the data set. */
async function decodedOf(
  { config, weights }: TrainedModel,
  { architecture, normalization }: Inference,
  val: Dataset,
): Promise<NDArray> {
  const count = Math.min(IMAGES, val.length);
  const indices = Array.from({ length: count }, (_, i) => Math.floor(i * val.length / count));
  const examples = await Promise.all(indices.map((index) => val.example(index)));
  const images = examples.map(({ image }) => {
    const { shape, data } = normalise(image, normalization);
    return { shape: [1, ...shape], data };
  });
  return await decodedClasses(architecture, weights, images, config.threads);
}

/** The rows of a matrix [classes, dim] or [1, classes, dim] as JSON, a line each. */
function rowsOf({ shape, data }: NDArray): string {
  const [count, dim] = shape.slice(-2) as [number, number];
  const rows = Array.from({ length: count }, (_, i) => {
    const row = Array.from(data.subarray(i * dim, (i + 1) * dim));
    return JSON.stringify(row.map((x) => Number(x.toPrecision(6))));
  });
  return `[\n${rows.join(",\n")}\n]`;
}

/** The classes of a run's pictures, in the order of their indices. */
export function readDrawnClasses(folder: string): Promise<DrawnClass[]> {
  const needed = { needs: "the classes of a run's pictures" };
  return readJson(imagePath(folder, "classes.json"), classesSchema, needed);
}
