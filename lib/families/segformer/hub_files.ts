import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { parseVariant, type SegmenterVariantFile } from "../segmenter/variant_yml.ts";

const count = z.int().positive();
const stages = z.tuple([count, count, count, count]);
const colour = z.tuple([z.number(), z.number(), z.number()]);

const hubConfigSchema = z.object({
  model_type: z.literal("segformer"),
  num_attention_heads: stages,
  id2label: z.record(z.string(), z.string()).optional(),
});

const preprocessorSchema = z.object({
  image_mean: colour,
  image_std: colour,
  rescale_factor: z.number().positive().default(1 / 255),
  size: z.union([
    count,
    z.object({ height: count, width: count }),
    z.object({ shortest_edge: count }),
  ]).optional(),
});

/** A SegFormer's config.json on the Hugging Face hub: what its tensors do not say. */
export type HubConfig = z.infer<typeof hubConfigSchema>;

/** A preprocessor_config.json on the Hugging Face hub. */
export type HubPreprocessor = z.infer<typeof preprocessorSchema>;

/** The files beside a checkpoint that describe it. */
export interface SideFiles {
  readonly config?: HubConfig;
  readonly preprocessor?: HubPreprocessor;
  readonly variant?: SegmenterVariantFile;
}

/** Reads config.json and preprocessor_config.json beside a checkpoint, or in its folder. */
export async function readHubFiles(path: string): Promise<SideFiles> {
  const folder = await folderOf(path);
  const config = await readJson(join(folder, "config.json"), hubConfigSchema);
  const preprocessor = await readJson(join(folder, "preprocessor_config.json"), preprocessorSchema);
  return { ...(config && { config }), ...(preprocessor && { preprocessor }) };
}

/** Reads the official Segmenter's variant.yml beside a checkpoint, or in its folder. */
export async function readVariantFile(path: string): Promise<SideFiles> {
  const file = join(await folderOf(path), "variant.yml");
  const text = await readIfThere(file);
  return text === undefined ? {} : { variant: parseVariant(text, file) };
}

async function folderOf(path: string): Promise<string> {
  return (await stat(path)).isDirectory() ? path : dirname(path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parse(text, path));
  if (parsed.success) return parsed.data;
  throw new SyntaxError(
    `Cannot read ${path}: it needs to be a SegFormer's, got ${z.prettifyError(parsed.error)}`,
  );
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: it needs to be JSON, got ${error}`, {
      cause: error,
    });
  }
}
