import { z } from "zod";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import type { Task } from "../family.ts";

const count = z.int().positive();
const colour = z.tuple([z.number(), z.number(), z.number()]);

/** What of transformers' config.json the tensors do not say. */
const configSchema = z.looseObject({
  model_type: z.enum(["eomt", "eomt_dinov3"]),
  num_attention_heads: count,
  num_blocks: count,
  image_size: count,
  hidden_act: z.enum(["gelu"]).optional(),
  layer_norm_eps: z.number().optional(),
  id2label: z.record(z.string(), z.string()).optional(),
});

/** What of preprocessor_config.json decides what the network sees. */
const processorSchema = z.looseObject({
  size: z.looseObject({ shortest_edge: count, longest_edge: count.nullish() }),
  do_split_image: z.boolean().default(false),
  do_pad: z.boolean().default(false),
  image_mean: colour.default([0.485, 0.456, 0.406]),
  image_std: colour.default([0.229, 0.224, 0.225]),
  rescale_factor: z.number().positive().default(1 / 255),
});

/** transformers' EoMT files beside a checkpoint. */
export interface HubFiles {
  readonly config: z.infer<typeof configSchema> | undefined;
  readonly processor: z.infer<typeof processorSchema> | undefined;
}

/** Reads config.json and preprocessor_config.json. */
export async function readHubFiles(beside: SideFiles): Promise<HubFiles> {
  return {
    config: await beside.json("config.json", configSchema, "an EoMT's"),
    processor: await beside.json("preprocessor_config.json", processorSchema, "an EoMT's"),
  };
}

/** What a checkpoint is for: images are cut into windows for semantic segmentation alone. */
export function taskOf({ processor }: HubFiles, queries: number): Task {
  if (processor) return processor.do_split_image ? "semantic" : "panoptic";
  return queries === 100 ? "semantic" : "panoptic";
}
