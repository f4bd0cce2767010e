import { z } from "zod";
import type { NDArray } from "../array.ts";
import { type KindName, kinds } from "../checkpoints/kind.ts";
import type { Colour } from "../data/dataset.ts";
import type { Normalization } from "../data/augment.ts";
import { segformerEps } from "../families/segformer/variants.ts";
import { normalizationOf } from "../train/config.ts";
import type { WrittenClasses } from "./classes_of.ts";
import { hubPixels, imagenetPixels } from "./normalizations.ts";
import type { Rebuilt } from "../families/rebuilt.ts";
import { segformerOf } from "../families/segformer/rebuild.ts";
import { MMSEG_ENCODER_EPS, segmenterOf } from "../families/segmenter/rebuild.ts";
import { setrOf } from "../families/setr/rebuild.ts";
import {
  type HubConfig,
  type HubPreprocessor,
  readHubFiles,
  readVariantFile,
} from "../families/segformer/hub_files.ts";

/** A network and how images reach it. */
export interface Described extends Rebuilt {
  readonly normalization: Normalization;
  /** Side of the sliding window in pixels, and the distance of neighbouring ones. */
  readonly window: number;
  readonly stride: number;
  readonly written: WrittenClasses;
}

/** Reads a network from its tensors (Seglab's names), the file's meta and the files beside it. */
export async function described(
  name: KindName,
  tensors: ReadonlyMap<string, NDArray>,
  path: string,
  meta: unknown,
): Promise<Described> {
  const mmcv = mmcvClasses(meta);
  switch (name) {
    case "segmenter":
      return await officialSegmenter(tensors, path);
    case "mmseg_segmenter":
    case "mmseg_linear_segmenter": {
      const rebuilt = segmenterOf(tensors, undefined, MMSEG_ENCODER_EPS);
      const normalization = normalizationOf({ normalization: "vit" });
      const window = imageSide(rebuilt);
      // The published configurations: windows of 512 pixels overlap by 32.
      return { ...rebuilt, normalization, window, stride: window - 32, written: mmcv };
    }
    case "hub_segformer":
    case "in_memory_segformer":
      return await hubSegformer(tensors, path);
    case "nvlabs_segformer": {
      const rebuilt = segformerOf(tensors, segformerEps.official, undefined);
      return { ...rebuilt, normalization: imagenetPixels, ...windows(rebuilt), written: mmcv };
    }
    case "setr":
    case "mmseg_pup": {
      const rebuilt = setrOf(tensors);
      const window = imageSide(rebuilt);
      // The published strides are two thirds of the windows of 512, 480 and 768 pixels.
      const stride = Math.floor(2 * window / 3);
      return { ...rebuilt, normalization: imagenetPixels, window, stride, written: mmcv };
    }
    default:
      throw new TypeError(notANetwork(name));
  }
}

/** What to say where the checkpoint holds no segmentation network that Seglab has. */
function notANetwork(name: KindName): string {
  const { title, ...kind } = kinds[name];
  const reason = "otherHead" in kind
    ? `which is another network: ${kind.otherHead}. Its backbone can begin a training`
    : "a backbone without a segmentation head. It can begin a training";
  return `a segmentation network needed, got ${title}, ${reason}: \`deno task train --pretrained\``;
}

async function officialSegmenter(
  tensors: ReadonlyMap<string, NDArray>,
  path: string,
): Promise<Described> {
  const { variant } = await readVariantFile(path);
  const rebuilt = segmenterOf(tensors, variant);
  const side = imageSide(rebuilt);
  const { window_size: window, window_stride: stride } = variant?.inference_kwargs ??
    { window_size: side, window_stride: side };
  const distilled = tensors.has("encoder.dist_token");
  const statistics = variant?.net_kwargs.normalization ?? (distilled ? "deit" : "vit");
  const assumed = variant ? [] : [`the pixel statistics of ${statistics} (no variant.yml)`];
  return {
    ...rebuilt,
    assumed: [...rebuilt.assumed, ...assumed],
    normalization: normalizationOf({ normalization: statistics }),
    window,
    stride,
    written: {},
  };
}

async function hubSegformer(
  tensors: ReadonlyMap<string, NDArray>,
  path: string,
): Promise<Described> {
  const { config, preprocessor } = await readHubFiles(path);
  const rebuilt = segformerOf(tensors, segformerEps.huggingFace, config);
  const assumed = preprocessor ? [] : ["ImageNet's pixel statistics (no preprocessor_config.json)"];
  return {
    ...rebuilt,
    assumed: [...rebuilt.assumed, ...assumed],
    normalization: preprocessor ? hubPixels(preprocessor) : imagenetPixels,
    ...windows(rebuilt, preprocessor),
    written: { names: hubNames(config) },
  };
}

/**
 * SegFormer takes any size. Windows are as the processor resizes to, or as on Cityscapes and on other
 * data sets, and overlap by a quarter as on Cityscapes.
 */
function windows({ architecture }: Rebuilt, preprocessor?: HubPreprocessor) {
  const size = preprocessor?.size;
  const side = typeof size === "object"
    ? "height" in size ? Math.min(size.height, size.width) : size.shortest_edge
    : size;
  const window = side ?? (architecture.config.classes === 19 ? 1024 : 512);
  return { window, stride: Math.floor(3 * window / 4) };
}

function imageSide({ architecture: { config } }: Rebuilt): number {
  return "encoder" in config ? Math.min(...config.encoder.imageSize) : 512;
}

const byte = z.int().min(0).max(255);
const mmcvSchema = z.object({
  CLASSES: z.array(z.string()).nullish(),
  PALETTE: z.array(z.tuple([byte, byte, byte])).nullish(),
  dataset_meta: z.object({
    classes: z.array(z.string()).nullish(),
    palette: z.array(z.tuple([byte, byte, byte])).nullish(),
  }).nullish(),
});

/** Names and colours as mmcv writes them; mmengine's place for them is `dataset_meta`. */
function mmcvClasses(meta: unknown): WrittenClasses {
  const parsed = mmcvSchema.safeParse(meta);
  if (!parsed.success) return {};
  const { CLASSES, PALETTE, dataset_meta: later } = parsed.data;
  const palette: readonly Colour[] | undefined = PALETTE ?? later?.palette ?? undefined;
  return { names: CLASSES ?? later?.classes ?? undefined, palette };
}

/** The names of id2label by their numbers; "LABEL_0" … is what transformers writes without names. */
function hubNames(config: HubConfig | undefined): string[] | undefined {
  const labels = Object.entries(config?.id2label ?? {});
  if (labels.length === 0 || labels.every(([, name]) => /^LABEL_\d+$/.test(name))) return undefined;
  return labels.sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => name);
}
