import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../../lib/files.ts";
import { imagePath } from "../../lib/report/run.ts";
import type { TrainedModel } from "../../lib/train/model_file.ts";

const byte = z.int().min(0).max(255);
const classesSchema = z.array(z.strictObject({
  name: z.string(),
  colour: z.tuple([byte, byte, byte]).readonly(),
}));

type Classes = Pick<TrainedModel, "classes" | "palette">;

/** A class's name and the colour that it has in pictures. */
export type DrawnClass = z.infer<typeof classesSchema>[number];

/** Writes images/classes.json: the key to the colours of a folder's pictures. */
export async function writeClasses(folder: string, model: Classes): Promise<void> {
  const drawn = model.classes.map((name, i) => {
    return JSON.stringify({ name, colour: model.palette[i] });
  });
  await writeAtomically(imagePath(folder, "classes.json"), `[\n${drawn.join(",\n")}\n]\n`);
}

/**
 * Writes class_embeddings.json, which a notebook reads in place of the weights: a Mask Transformer's
 * learned class embeddings [classes, dim], six significant digits. Other decoders have none.
 */
export async function writeClassEmbeddings(folder: string, model: TrainedModel): Promise<void> {
  const { classes, palette, weights } = model;
  const embeddings = weights.get("decoder.cls_emb");
  if (!embeddings) return;
  const [, count, dim] = embeddings.shape as [number, number, number]; // [1, classes, dim]
  const rows = Array.from({ length: count }, (_, i) => {
    const row = Array.from(embeddings.data.subarray(i * dim, (i + 1) * dim));
    return JSON.stringify(row.map((x) => Number(x.toPrecision(6))));
  });
  await writeAtomically(
    join(folder, "class_embeddings.json"),
    `{\n"classes": ${JSON.stringify(classes)},\n"palette": ${JSON.stringify(palette)},\n` +
      `"embeddings": [\n${rows.join(",\n")}\n]\n}\n`,
  );
}

/** The classes of a run's pictures, in the order of their indices. */
export async function readDrawnClasses(folder: string): Promise<DrawnClass[]> {
  return classesSchema.parse(JSON.parse(await readFile(imagePath(folder, "classes.json"), "utf8")));
}
