import type { NDArray } from "../../array.ts";
import { transposed } from "../../checkpoints/layout.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/name_rules.ts";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import { matrixOf } from "../encoders/mix_transformer_checkpoints.ts";
import {
  assumedHeads,
  blockNames,
  encoderNames,
  mmsegBlocks,
  mmsegEncoder,
  squareGrid,
  VIT_MMSEG,
  vitOf,
} from "../encoders/vit_checkpoints.ts";
import type { NetworkKind, Rebuilt } from "../family.ts";
import { normalizations } from "../recipe.ts";
import { singlePass, windowProtocol } from "../protocol.ts";
import { SEGMENTER_EPS } from "../mask_transformer.ts";
import type { SegmenterConfig } from "./segmenter.ts";
import { segmenterTesting } from "./recipes.ts";
import { readVariantFile, type SegmenterVariantFile } from "./variant_yml.ts";

/** The official Segmenter: Seglab's own names. */
export const officialSegmenter: NameMap = {
  rules: [
    ...encoderNames("encoder."),
    ...["encoder.head.{p}", "encoder.head_dist.{p}", "decoder.head.{p}"],
    ...["decoder.cls_emb", "decoder.proj_patch", "decoder.proj_classes", "decoder.proj_dec.{p}"],
    ...blockNames("decoder."),
    ...["decoder.decoder_norm.{p}", "decoder.mask_norm.{p}"],
  ].map(same),
  unused: ["encoder.pre_logits.fc.{p}"],
};

/** mmsegmentation's Segmenter with the mask transformer. */
export const mmsegSegmenter: NameMap = {
  rules: [
    renamed("backbone.cls_token", "encoder.cls_token"),
    ...mmsegEncoder("backbone.", "encoder."),
    renamed("backbone.ln1.{p}", "encoder.norm.{p}"),
    ...mmsegBlocks("decode_head.", "decoder."),
    renamed("decode_head.cls_emb", "decoder.cls_emb"),
    renamed("decode_head.dec_proj.{p}", "decoder.proj_dec.{p}"),
    projection("decode_head.patch_proj.weight", "decoder.proj_patch"),
    projection("decode_head.classes_proj.weight", "decoder.proj_classes"),
    renamed("decode_head.decoder_norm.{p}", "decoder.decoder_norm.{p}"),
    renamed("decode_head.mask_norm.{p}", "decoder.mask_norm.{p}"),
  ],
  unused: ["decode_head.conv_seg.{p}"],
};

/** mmsegmentation's Segmenter with a linear decoder: an FCNHead without convolutions. */
export const mmsegLinearSegmenter: NameMap = {
  rules: [
    ...mmsegSegmenter.rules.filter(({ published: [name] }) => name!.startsWith("backbone.")),
    matrixOf("decode_head.conv_seg.weight", "decoder.head.weight"),
    renamed("decode_head.conv_seg.bias", "decoder.head.bias"),
  ],
  unused: [],
};

/** A projection x·W there is a layer without bias, whose weight is W transposed. */
function projection(published: string, seglab: string): NameRule {
  const swapped = ([matrix]: readonly NDArray[]) => [transposed(matrix!)];
  return { published: [published], seglab: [seglab], toSeglab: swapped, toPublished: swapped };
}

/** LayerNorm's eps in the encoder of mmsegmentation's Segmenter; its decoder has 1e-5. */
const MMSEG_ENCODER_EPS = 1e-6;

/** Published checkpoints of whole Segmenters. */
export const segmenterKinds: readonly NetworkKind<SegmenterConfig>[] = [
  {
    title: "official Segmenter",
    names: officialSegmenter,
    signs: ["encoder.patch_embed.proj.weight", "encoder.blocks.{i}.attn.qkv.weight"],
    rebuild: official,
  },
  {
    title: "mmsegmentation Segmenter",
    names: mmsegSegmenter,
    signs: [VIT_MMSEG, "decode_head.dec_proj.weight"],
    rebuild: (tensors) => Promise.resolve(mmseg(tensors)),
  },
  {
    title: "mmsegmentation Segmenter (linear)",
    names: mmsegLinearSegmenter,
    signs: [VIT_MMSEG, "backbone.ln1.weight", "decode_head.conv_seg.weight"],
    without: ["decode_head.dec_proj.weight", "decode_head.norm.weight", "neck.norm.{i}.weight"],
    rebuild: (tensors) => Promise.resolve(mmseg(tensors)),
  },
];

/** The official code shows pictures in their own size (segm/inference.py). */
async function official(
  tensors: ReadonlyMap<string, NDArray>,
  beside: SideFiles,
): Promise<Rebuilt<SegmenterConfig>> {
  const variant = await readVariantFile(beside);
  const { config, assumed } = segmenterOf(tensors, variant, SEGMENTER_EPS);
  const side = Math.min(...config.encoder.imageSize);
  const { window_size: window, window_stride: stride } = variant?.inference_kwargs ??
    { window_size: side, window_stride: side };
  const statistics = variant?.net_kwargs.normalization ??
    (config.encoder.distilled ? "deit" : "vit");
  return {
    config,
    normalization: normalizations[statistics],
    protocol: windowProtocol({ base: null, window, stride: Math.min(stride, window) }),
    window,
    stride,
    assumed: variant
      ? assumed
      : [...assumed, `the pixel statistics of ${statistics} (no variant.yml)`],
  };
}

/** The published configurations: windows of a crop overlap by 32, images of ADE20K fit into its box. */
function mmseg(tensors: ReadonlyMap<string, NDArray>): Rebuilt<SegmenterConfig> {
  const { config, assumed } = segmenterOf(tensors, undefined, MMSEG_ENCODER_EPS);
  const window = Math.min(...config.encoder.imageSize);
  const stride = Math.max(1, window - 32);
  const own = { base: null, window, stride };
  const { resize } = segmenterTesting.sight("ade20k", window);
  const ade20k = singlePass({ resize, multiple: 1, windows: { window, stride, enlarge: false } });
  return {
    config,
    normalization: normalizations.vit,
    protocol: config.classes === 150 ? ade20k : windowProtocol(own),
    window,
    stride,
    assumed,
  };
}

/** Reads a Segmenter from its tensors (Seglab's names) and its variant.yml, where there is one. */
function segmenterOf(
  tensors: ReadonlyMap<string, NDArray>,
  variant: SegmenterVariantFile | undefined,
  eps: number,
): { config: SegmenterConfig; assumed: readonly string[] } {
  const { patches, ...shape } = vitOf(tensors, "encoder.");
  const net = variant?.net_kwargs;
  const imageSize = net?.image_size ??
    squareGrid(patches).map((side) => side * shape.patch) as [number, number];
  const heads = net?.n_heads ?? assumedHeads(shape.dim);
  const encoder = {
    ...shape,
    imageSize,
    heads,
    eps,
    dropout: net?.dropout ?? 0,
    dropPath: net?.drop_path_rate ?? 0.1,
  };
  const assumed = net ? [] : [`${heads} attention heads of 64 channels (no variant.yml)`];
  return { config: { encoder, ...decoderOf(tensors, net?.decoder) }, assumed };
}

function decoderOf(
  tensors: ReadonlyMap<string, NDArray>,
  written: SegmenterVariantFile["net_kwargs"]["decoder"] | undefined,
): Pick<SegmenterConfig, "decoder" | "classes"> {
  if (tensors.has("decoder.head.weight")) {
    const [classes] = shapeOf(tensors, "decoder.head.weight", 2);
    return { decoder: { name: "linear" }, classes };
  }
  const [, classes] = shapeOf(tensors, "decoder.cls_emb", 3);
  const layers = blockCount(tensors, "decoder.blocks.");
  const rates = written?.name === "mask_transformer"
    ? { dropout: written.dropout, dropPath: written.drop_path_rate }
    : { dropout: 0.1, dropPath: 0 };
  return { decoder: { name: "mask_transformer", layers, ...rates }, classes };
}
