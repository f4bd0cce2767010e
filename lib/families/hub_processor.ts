import { z } from "zod";
import type { SideFiles } from "../checkpoints/side_files.ts";
import type { Resampling } from "../images/antialiased.ts";
import type { Normalization } from "../images/normalise.ts";
import { normalizations } from "./recipe.ts";
import { type Protocol, type Resize, singlePass } from "./protocol.ts";

const count = z.int().positive();
const colour = z.tuple([z.number(), z.number(), z.number()]);
/** A step that is not taken here, and may only be switched off. */
const off = z.literal(false).nullish();

/** What the processor takes where its file has none: ImageNet's statistics. */
const IMAGENET_MEAN: z.infer<typeof colour> = [0.485, 0.456, 0.406];
const IMAGENET_STD: z.infer<typeof colour> = [0.229, 0.224, 0.225];

/** PIL's filters by their numbers, with which the processor's `resample` names them. */
const RESAMPLE = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"] as const;

/**
 * A preprocessor_config.json of transformers' SegformerImageProcessor. Steps that change what the
 * network sees are obeyed; a key that is not here may be such a step and is an error.
 */
const processorSchema = z.strictObject({
  do_resize: z.boolean().nullish().transform((yes) => yes ?? true),
  size: z.union([
    count,
    z.strictObject({ height: count, width: count }),
    z.strictObject({ shortest_edge: count, longest_edge: count.nullish() }),
  ]).nullish(),
  resample: z.int().min(0).max(5).nullish().transform((filter) => filter ?? 2),
  do_rescale: z.boolean().nullish().transform((yes) => yes ?? true),
  rescale_factor: z.number().positive().nullish().transform((factor) => factor ?? 1 / 255),
  do_normalize: z.boolean().nullish().transform((yes) => yes ?? true),
  image_mean: colour.nullish(),
  image_std: colour.nullish(),
  do_center_crop: off,
  do_pad: off,
  align: off,
  keep_ratio: off,
  do_random_crop: off,
  // What cannot change the classes of an RGB picture: labels' values, types, names, tensors' places.
  ...Object.fromEntries(
    [
      ...["image_processor_type", "feature_extractor_type", "processor_class", "_processor_class"],
      ...["do_reduce_labels", "reduce_labels", "do_convert_rgb", "default_to_square"],
      ...["crop_size", "pad_size", "size_divisor", "data_format", "input_data_format", "device"],
      ...["return_tensors", "disable_grouping", "_valid_processor_keys", "crop_pct", "auto_map"],
    ].map((key) => [key, z.unknown().optional()]),
  ),
});

/** What a preprocessor_config.json does to a picture. */
export type Processor = Pick<
  z.infer<typeof processorSchema>,
  | "do_resize"
  | "size"
  | "resample"
  | "do_rescale"
  | "rescale_factor"
  | "do_normalize"
  | "image_mean"
  | "image_std"
>;

/** Reads preprocessor_config.json beside a checkpoint; undefined where there is none. */
export async function readProcessor(beside: SideFiles): Promise<Processor | undefined> {
  return await beside.json("preprocessor_config.json", processorSchema, "a SegFormer's");
}

/** The pixel statistics of 0 to 255 that do what the processor's rescaling and normalising do. */
export function pixelsOf(processor: Processor | undefined): Normalization {
  if (!processor) return normalizations.imagenet;
  const { do_rescale, rescale_factor, do_normalize, image_mean, image_std } = processor;
  const factor = do_rescale ? rescale_factor : 1;
  const bytes = ([r, g, b]: z.infer<typeof colour>) =>
    [r / factor, g / factor, b / factor] as const;
  return do_normalize
    ? { mean: bytes(image_mean ?? IMAGENET_MEAN), std: bytes(image_std ?? IMAGENET_STD) }
    : { mean: bytes([0, 0, 0]), std: bytes([1, 1, 1]) };
}

/** Images resized as the processor resizes them, or to squares of `side` pixels, and seen whole. */
export function processorProtocol(processor: Processor | undefined, side: number): Protocol {
  return singlePass({ resize: resizeOf(processor, side), multiple: 1, windows: null });
}

function resizeOf(processor: Processor | undefined, side: number): Resize {
  if (processor?.do_resize === false) return { to: "own size" };
  const resampling: Resampling = RESAMPLE[processor?.resample ?? 2]!;
  const size = processor?.size ?? side;
  if (typeof size === "number") return { to: "size", size: [size, size], resampling };
  if ("height" in size) return { to: "size", size: [size.height, size.width], resampling };
  const { shortest_edge: edge, longest_edge: longest = null } = size;
  return { to: "shortest edge", edge, longest, resampling };
}

/** A preprocessor_config.json that shows pictures to a network as a protocol does, as data. */
export function processorFile(
  { mean, std }: Normalization,
  { resize, windows }: Protocol,
  window: number,
): unknown {
  const resized = "resampling" in resize ? resize : null;
  const size = resized?.to === "size"
    ? { height: resized.size[0], width: resized.size[1] }
    : resized?.to === "shortest edge"
    ? {
      shortest_edge: resized.edge,
      ...resized.longest === null ? {} : { longest_edge: resized.longest },
    }
    : { height: window, width: window };
  return {
    image_processor_type: "SegformerImageProcessor",
    do_resize: resize.to !== "own size" || windows !== null,
    size,
    resample: RESAMPLE.indexOf(resized?.resampling ?? "bilinear"),
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean.map((value) => value / 255),
    image_std: std.map((value) => value / 255),
    do_reduce_labels: false,
  };
}
