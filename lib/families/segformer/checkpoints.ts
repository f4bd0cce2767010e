import type { NDArray } from "../../array.ts";
import type { CheckpointKind } from "../../checkpoints/kind.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/name_rules.ts";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import {
  hubEncoder,
  inMemoryEncoder,
  MIT_HUB,
  MIT_MMSEG,
  mixTransformerNames,
  mmsegMit,
} from "../encoders/mix_transformer_checkpoints.ts";
import type { NetworkKind, Rebuilt } from "../family.ts";
import { normalizations } from "../recipe.ts";
import { singlePass } from "../protocol.ts";
import { readHubConfig } from "./hub_config.ts";
import { pixelsOf, processorProtocol, readProcessor } from "../hub_processor.ts";
import type { SegformerConfig } from "./segformer.ts";
import { segformerTesting, strideOf } from "./recipes.ts";
import { segformerEps, segformerVariants } from "./variants.ts";

/** NVlabs' SegFormer: Seglab's own names. mmsegmentation's base class adds `conv_seg`. */
export const nvlabsSegformer: NameMap = {
  rules: [
    ...mixTransformerNames("backbone."),
    "decode_head.linear_c{s}.proj.{p}",
    "decode_head.linear_fuse.conv.weight",
    "decode_head.linear_fuse.bn.{bn}",
    "decode_head.linear_pred.{p}",
  ].map(same),
  unused: ["decode_head.conv_seg.{p}"],
};

/** SegFormer in Hugging Face's files, which transformers 4 and 5 read and write. */
export const hubSegformer: NameMap = {
  rules: [...hubEncoder("backbone."), ...head("linear_c")],
  unused: [],
};

/** SegFormer as transformers 5 names it in memory (a state dict saved by hand). */
export const inMemorySegformer: NameMap = {
  rules: [...inMemoryEncoder("backbone."), ...head("linear_projections")],
  unused: [],
};

function head(projections: string): NameRule[] {
  return [
    renamed(`decode_head.${projections}.{s}.proj.{p}`, "decode_head.linear_c{s+1}.proj.{p}"),
    renamed("decode_head.linear_fuse.weight", "decode_head.linear_fuse.conv.weight"),
    renamed("decode_head.batch_norm.{bn}", "decode_head.linear_fuse.bn.{bn}"),
    renamed("decode_head.classifier.{p}", "decode_head.linear_pred.{p}"),
  ];
}

type PerStage = SegformerConfig["dims"];

/** Published checkpoints of whole SegFormers. */
export const segformerKinds: readonly NetworkKind<SegformerConfig>[] = [
  {
    title: "NVlabs SegFormer",
    names: nvlabsSegformer,
    signs: ["backbone.patch_embed1.proj.weight", "decode_head.linear_pred.weight"],
    rebuild: (tensors) => Promise.resolve(nvlabs(tensors)),
  },
  {
    title: "Hugging Face SegFormer",
    names: hubSegformer,
    signs: [MIT_HUB, "decode_head.classifier.weight"],
    rebuild: hub,
  },
  {
    title: "Hugging Face SegFormer (transformers 5, in memory)",
    names: inMemorySegformer,
    signs: ["segformer.stages.0.patch_embeddings.proj.weight", "decode_head.classifier.weight"],
    rebuild: hub,
  },
];

/** mmsegmentation's SegFormer, of which only the backbone is the published one. */
export const mmsegSegformer: CheckpointKind = {
  title: "mmsegmentation SegFormer",
  names: mmsegMit("backbone."),
  signs: [`backbone.${MIT_MMSEG}`],
  otherHead: "mmsegmentation's SegFormer head has a batch norm and a ReLU on each level " +
    "and takes them finest first, where the published head has one linear layer a level",
};

/**
 * The published checkpoints are of Cityscapes (19 classes: windows of 1024 pixels) and of ADE20K, where
 * B5 alone was trained and is tested with 640 pixels; what was trained on other data is shown as the
 * latter.
 */
function nvlabs(tensors: ReadonlyMap<string, NDArray>): Rebuilt<SegformerConfig> {
  const config = segformerOf(tensors, segformerEps.official, undefined);
  const { depths, image } = segformerVariants["SegFormer-B5"];
  const isB5 = config.depths.join() === depths.join();
  const [data, window] = config.classes === 19
    ? ["cityscapes", 1024] as const
    : ["ade20k", isB5 ? image : 512] as const;
  return {
    config,
    normalization: normalizations.imagenet,
    protocol: singlePass(segformerTesting.sight(data, window)),
    window,
    stride: strideOf(window),
    assumed: [`attention heads ${PUBLISHED_HEADS.join(", ")} (no config.json)`],
  };
}

/** transformers shows pictures as its processor says; windows, if asked for, have the short side. */
async function hub(
  tensors: ReadonlyMap<string, NDArray>,
  beside: SideFiles,
): Promise<Rebuilt<SegformerConfig>> {
  const file = await readHubConfig(beside);
  const processor = await readProcessor(beside);
  const config = segformerOf(tensors, segformerEps.huggingFace, file?.heads);
  const side = config.classes === 19 ? 1024 : 512; // without a processor: as published
  const protocol = processorProtocol(processor, side);
  const { resize } = protocol;
  const window = resize.to === "size"
    ? Math.min(...resize.size)
    : resize.to === "shortest edge"
    ? resize.edge
    : side;
  return {
    config,
    normalization: pixelsOf(processor),
    protocol,
    window,
    stride: strideOf(window),
    classes: file?.classes,
    assumed: [
      ...file ? [] : [`attention heads ${PUBLISHED_HEADS.join(", ")} (no config.json)`],
      ...processor ? [] : ["ImageNet's pixel statistics (no preprocessor_config.json)"],
    ],
  };
}

/** Attention heads of the four stages in all published Mix Transformers. */
const PUBLISHED_HEADS = [1, 2, 5, 8] as const;

/** Reads a SegFormer from its tensors (Seglab's names). */
function segformerOf(
  tensors: ReadonlyMap<string, NDArray>,
  eps: SegformerConfig["eps"],
  heads: PerStage = PUBLISHED_HEADS,
): SegformerConfig {
  const perStage = (of: (stage: number) => number) => [1, 2, 3, 4].map(of) as unknown as PerStage;
  const [classes, decoderDim] = shapeOf(tensors, "decode_head.linear_pred.weight", 4);
  return {
    dims: perStage((s) => shapeOf(tensors, `backbone.norm${s}.weight`, 1)[0]),
    heads,
    depths: perStage((s) => blockCount(tensors, `backbone.block${s}.`)),
    reductions: perStage((s) => tensors.get(`backbone.block${s}.0.attn.sr.weight`)?.shape[2] ?? 1),
    eps,
    dropPath: 0.1,
    decoderDim,
    dropout: 0.1,
    classes,
  };
}
