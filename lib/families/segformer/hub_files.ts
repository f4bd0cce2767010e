import { z } from "zod";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import type { Normalization } from "../../images/normalise.ts";
import { normalizations } from "../normalizations.ts";
import { type Protocol, singlePass } from "../protocol.ts";

const count = z.int().positive();
const stages = z.tuple([count, count, count, count]);
const colour = z.tuple([z.number(), z.number(), z.number()]);

const configSchema = z.object({
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
export type HubConfig = z.infer<typeof configSchema>;

/** A preprocessor_config.json on the Hugging Face hub. */
export type HubPreprocessor = z.infer<typeof preprocessorSchema>;

/** Reads config.json and preprocessor_config.json beside a checkpoint, or in its folder. */
export async function readHubFiles(beside: SideFiles): Promise<{
  readonly config: HubConfig | undefined;
  readonly preprocessor: HubPreprocessor | undefined;
}> {
  return {
    config: await beside.json("config.json", configSchema, "a SegFormer's"),
    preprocessor: await beside.json(
      "preprocessor_config.json",
      preprocessorSchema,
      "a SegFormer's",
    ),
  };
}

/** The names of id2label by their numbers; "LABEL_0" … is what transformers writes without names. */
export function hubNames(config: HubConfig | undefined): string[] | undefined {
  const labels = Object.entries(config?.id2label ?? {});
  if (labels.length === 0 || labels.every(([, name]) => /^LABEL_\d+$/.test(name))) return undefined;
  return labels.sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => name);
}

/** The processor's pixel statistics, which are on the scale 0 to 1: 0 to 255. */
export function hubPixels(preprocessor: HubPreprocessor | undefined): Normalization {
  if (!preprocessor) return normalizations.imagenet;
  const { image_mean, image_std, rescale_factor } = preprocessor;
  const scaled = ([r, g, b]: readonly [number, number, number]) =>
    [r / rescale_factor, g / rescale_factor, b / rescale_factor] as const;
  return { mean: scaled(image_mean), std: scaled(image_std) };
}

/** Images resized as the processor resizes them, or to squares of `side` pixels, and seen whole. */
export function hubProtocol(preprocessor: HubPreprocessor | undefined, side: number): Protocol {
  const size = preprocessor?.size ?? side;
  const sides = typeof size === "number"
    ? [size, size] as const
    : "height" in size
    ? [size.height, size.width] as const
    : [size.shortest_edge, size.shortest_edge] as const;
  return singlePass({ resize: { to: "size", size: sides }, multiple: 1, windows: null });
}
