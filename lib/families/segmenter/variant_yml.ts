import { type CollectionTag, parseDocument, type ScalarTag, YAMLSeq } from "yaml";
import { z } from "zod";
import type { SideFiles } from "../../checkpoints/side_files.ts";

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

/** Parses the text of the `variant.yml` at `path`. Nothing in it runs: an unknown tag is an error. */
export function parseVariant(text: string, path: string): SegmenterVariantFile {
  const document = parseDocument(text, { customTags: [tuple as CollectionTag & ScalarTag] });
  const fault = document.errors[0] ?? document.warnings[0];
  const parsed = fault ? undefined : variantSchema.safeParse(document.toJS());
  if (parsed?.success) return parsed.data;
  const got = fault ? fault.message : z.prettifyError(parsed!.error!);
  throw new SyntaxError(
    `Cannot read ${path}: it needs to be YAML with the official Segmenter's net_kwargs and ` +
      `inference_kwargs, got ${got}`,
  );
}
