import { type CollectionTag, parseDocument, type ScalarTag, YAMLSeq } from "yaml";
import { z } from "zod";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import { misfit } from "../../misfit.ts";
import { excerpt } from "../../words.ts";

const side = z.int().positive();

const decoderSchema = z.union([
  z.object({ name: z.literal("linear") }),
  z.object({
    name: z.literal("mask_transformer"),
    n_layers: side,
    dropout: z.number().min(0).max(1),
    drop_path_rate: z.number().min(0).max(1),
  }),
]);

/** What the official Segmenter writes beside a checkpoint, as far as the network depends on it. */
const variantSchema = z.object({
  net_kwargs: z.object({
    image_size: z.tuple([side, side]),
    patch_size: side,
    d_model: side,
    n_heads: side,
    n_layers: side,
    n_cls: side,
    normalization: z.enum(["vit", "deit"]),
    distilled: z.boolean().default(false),
    dropout: z.number().min(0).max(1),
    drop_path_rate: z.number().min(0).max(1),
    decoder: decoderSchema,
  }),
  inference_kwargs: z.object({ window_size: side, window_stride: side }),
});

/** A `variant.yml` of the official Segmenter, checked. */
export type SegmenterVariantFile = z.infer<typeof variantSchema>;

/** Python's tuples, which the official code writes image sizes as, are lists; no other tag is known. */
const tuple: CollectionTag = {
  tag: "tag:yaml.org,2002:python/tuple",
  collection: "seq",
  nodeClass: YAMLSeq,
};

/** Reads the `variant.yml` beside a checkpoint; undefined where there is none. */
export async function readVariantFile(
  beside: SideFiles,
): Promise<SegmenterVariantFile | undefined> {
  const file = await beside.text("variant.yml");
  return file && parseVariant(file.text, file.path);
}

/** Characters: published files have below 2,000, and the parser's time grows as keys squared. */
const LONGEST = 16_384;

/**
 * Parses the text of the `variant.yml` at `path`. Nothing in it runs: an unknown tag is an error, and
 * so is what is longer, deeper or refers to more than such files do.
 */
export function parseVariant(text: string, path: string): SegmenterVariantFile {
  const refuse = (got: string) =>
    new SyntaxError(
      `Cannot read ${path}: it needs to be YAML with the official Segmenter's net_kwargs and ` +
        `inference_kwargs, got ${got}`,
    );
  if (text.length > LONGEST) throw refuse(`${text.length} characters, over ${LONGEST}`);
  let value: unknown;
  try {
    value = valueOf(text);
  } catch (error) {
    throw refuse(excerpt((error as Error).message.split(":\n")[0]!, 200));
  }
  const parsed = variantSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse(misfit(parsed.error));
}

/** Throws at the first fault; aliases to nothing and of too much, and endless nesting, throw by themselves. */
function valueOf(text: string): unknown {
  const document = parseDocument(text, { customTags: [tuple as CollectionTag & ScalarTag] });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault) throw fault;
  return document.toJS();
}
