import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../files.ts";
import { readJson } from "../json.ts";

const givenSchema = z.strictObject({
  schema: z.literal(1),
  /** The data's name, as `namedData` reads it, and the folder in which its relative paths begin. */
  data: z.string(),
  base: z.string(),
  /** Which annotations were left out. */
  faulty: z.enum(["refuse", "skip"]).nullable(),
  /** The checkpoint to begin from; null for none. */
  pretrained: z.string().nullable(),
});

/**
 * given.json: what a run was given on this machine and its config says by content alone: where data and
 * pretrained weights are. With config.json a run goes on from it without being told more.
 */
export type Given = Readonly<z.infer<typeof givenSchema>>;

/** Writes given.json. */
export async function writeGiven(folder: string, given: Given): Promise<void> {
  await writeAtomically(join(folder, "given.json"), JSON.stringify(given, null, 2) + "\n");
}

/** Reads given.json; a run of an earlier version has none. */
export async function readGiven(folder: string): Promise<Given> {
  const path = join(folder, "given.json");
  if (!existsSync(path)) {
    const [needs, got] = existsSync(join(folder, "config.json"))
      ? ["the options that it was begun with", "--resume alone, and no given.json in its folder"]
      : ["the folder of a run", "one without config.json"];
    throw new RangeError(`Cannot go on with ${folder}: ${needs} needed, got ${got}`);
  }
  return await readJson(path, givenSchema, {
    needs: "to say what a run was given, as training writes it",
    advice: "give the options that the run was begun with",
  });
}
