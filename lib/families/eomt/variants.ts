import { type DinoSize, dinov2, dinov3 } from "../encoders/dino_sizes.ts";
import type { DinoConfig } from "../encoders/dino.ts";
import type { Task, VariantUse } from "../family.ts";
import type { EomtConfig } from "./eomt.ts";

/** A named EoMT; `T` is an addition on the ViT-T of Segmenter and DeiT, for small experiments. */
export interface EomtVariant {
  readonly size: DinoSize | "T";
  readonly encoder: "dinov2" | "dinov3" | "vit";
  /** Blocks with queries. */
  readonly blocks: number;
  readonly parameters: number;
  readonly licence: string;
}

const MIT = "MIT (code and weights of tue-mps/eomt)";
const v2 = { encoder: "dinov2", licence: MIT } as const;
const v3 = {
  encoder: "dinov3",
  licence: "MIT, and the DINOv3 License for what its weights are added to (Meta's own)",
} as const;

/** EoMT by size (tue-mps/eomt configs/); counted for semantic segmentation. */
export const eomtVariants = {
  "EoMT-T/16": { size: "T", encoder: "vit", blocks: 3, licence: MIT, parameters: 6_252_823 },
  "EoMT-S/16": { ...v2, size: "S", blocks: 3, parameters: 23_944_087 },
  "EoMT-B/16": { ...v2, size: "B", blocks: 3, parameters: 93_599_383 },
  "EoMT-L/16": { ...v2, size: "L", blocks: 4, parameters: 316_610_711 },
  "EoMT-g/16": { ...v2, size: "g", blocks: 5, parameters: 1_163_494_551 },
  "EoMT-S-DINOv3/16": { ...v3, size: "S", blocks: 3, parameters: 23_325_079 },
  "EoMT-B-DINOv3/16": { ...v3, size: "B", blocks: 3, parameters: 92_361_367 },
  "EoMT-L-DINOv3/16": { ...v3, size: "L", blocks: 4, parameters: 314_947_735 },
} as const satisfies Record<string, EomtVariant>;

/** Queries of the published networks by what they are for. */
export const QUERIES = { semantic: 100, panoptic: 200, instance: 200 } as const satisfies Record<
  Task,
  number
>;

/** Images with fewer patches than queries are published with have as many as patches, but no fewer than these. */
const FEWEST = 40;

/** The configuration of a variant for a number of classes, an image size and a task. */
export function eomtConfig(
  { size, encoder, blocks }: EomtVariant,
  { classes, image, dropPath, task = "semantic" }: VariantUse,
): EomtConfig {
  return {
    encoder: encoderOf(size, encoder, image, dropPath),
    blocks,
    queries: Math.min(QUERIES[task], Math.max(FEWEST, Math.ceil(image / 16) ** 2)),
    classes,
    task,
    ...training(classes, task, image),
  };
}

/** Patches are of 16 pixels, whatever DINOv2 had, and their table is their own (timm's no_embed_class). */
function encoderOf(
  size: EomtVariant["size"],
  encoder: EomtVariant["encoder"],
  image: number,
  dropPath: number,
): DinoConfig {
  const own = {
    imageSize: [image, image],
    patch: 16,
    eps: 1e-6,
    positions: { kind: "patches" },
  } as const;
  if (size === "T") return { ...tiny, ...own, dropPath };
  if (encoder === "dinov3") return { ...dinov3(size, image, dropPath), eps: own.eps };
  return { ...dinov2(size, true, dropPath), ...own };
}

const tiny = {
  dim: 192,
  heads: 3,
  layers: 12,
  hidden: 768,
  registers: 0,
  gated: false,
  layerScale: false,
} as const;

/** Points at which masks of crops of at least 512 pixels are compared; smaller ones have as many as their share. */
const POINTS = 12_544;

/** Room for the objects of a crop: for its classes, and where a class can have several. */
const OBJECTS = { semantic: 32, panoptic: 24, instance: 24 } as const satisfies Record<
  Task,
  number
>;

/** What training needs to know, which no checkpoint holds. */
export function training(
  classes: number,
  task: Task,
  image: number,
): Pick<EomtConfig, "objects" | "points"> {
  return {
    objects: task === "semantic" ? Math.min(classes, OBJECTS.semantic) : OBJECTS[task],
    points: Math.round(POINTS * Math.min(1, (image / 512) ** 2)),
  };
}
