import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeAtomically } from "../files.ts";
import { parseJson } from "../json.ts";
import { imagePath } from "./run_files.ts";

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

/** Writes images/drawn.json: what the pictures of a folder show, which their pixels do not tell. */
export async function writeDrawn(folder: string, drawn: readonly DrawnImage[]): Promise<void> {
  const lines = drawn.map((image) => JSON.stringify(image)).join(",\n");
  await writeAtomically(imagePath(folder, "drawn.json"), `[\n${lines}\n]\n`);
}

/** Reads images/drawn.json; null where the folder is of an earlier version, which wrote none. */
export async function readDrawn(folder: string): Promise<DrawnImage[] | null> {
  const path = imagePath(folder, "drawn.json");
  const text = await readFile(path, "utf8").catch((error) => {
    if (error?.code === "ENOENT") return null;
    throw error;
  });
  return text === null ? null : parseJson(text, path, drawnSchema, { needs: "what images show" });
}
