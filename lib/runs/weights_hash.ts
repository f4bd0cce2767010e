import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { isFolder } from "../files.ts";
import { sha256 } from "../models/model_file.ts";

const summarySchema = z.object({ weights: z.string() });

/**
 * The SHA-256 of a checkpoint, null of a folder. A run's model.safetensors must have that of the
 * summary.json beside it: damaged weights would be scored like any others.
 */
export async function weightsHash(file: string): Promise<string | null> {
  if (await isFolder(file)) return null;
  const found = await sha256(file);
  const expected = basename(file) === "model.safetensors" ? await summaryHash(file) : undefined;
  if (expected === undefined || expected === found) return found;
  throw new RangeError(
    `Cannot use ${file}: the weights that training wrote needed, with the SHA-256 ${expected} of its ` +
      `summary.json, got ${found}; the file was damaged or replaced, so copy it again or train again`,
  );
}

async function summaryHash(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(dirname(file), "summary.json"), "utf8");
    return summarySchema.parse(JSON.parse(text)).weights;
  } catch {
    return undefined; // none, or one of something else
  }
}
