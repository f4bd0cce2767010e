import type { NDArray } from "../../array.ts";
import type { CheckpointKind } from "../../checkpoints/kind.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/name_rules.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import { resnetNames } from "../encoders/resnet.ts";
import {
  assumedHeads,
  encoderNames,
  mmsegEncoder,
  mmsegVit,
  squareGrid,
  VIT_MMSEG,
  vitOf,
} from "../encoders/vit_checkpoints.ts";
import type { NetworkKind, Rebuilt } from "../family.ts";
import { normalizations } from "../recipe.ts";
import { singlePass } from "../protocol.ts";
import { SETR_EPS, type SetrConfig } from "./setr.ts";
import { setrTesting, strideOf } from "./recipes.ts";
import { setrConfig, setrVariants } from "./variants.ts";

/** The official SETR, Naive, PUP and MLA: Seglab's own names. */
export const officialSetr: NameMap = {
  rules: [
    ...encoderNames("backbone.").filter((name) => name !== "backbone.norm.{p}"),
    ...resnetNames("backbone.patch_embed.backbone."),
    ...["backbone.norm_{i}.{p}", "backbone.mla.mla_p{i}_1x1.{j}.{bn}"],
    ...["backbone.mla.mla_p{i}.{j}.{bn}"],
    ...["decode_head.", "auxiliary_head.{k}."].flatMap((head) => [
      ...[`${head}norm.{p}`, `${head}conv_{i}.{p}`, `${head}syncbn_fc_{i}.{bn}`],
      `${head}conv_seg.{p}`,
    ]),
    ...["decode_head.mlahead.head{i}.{j}.{bn}", "decode_head.cls.{p}"],
    "auxiliary_head.{k}.aux.{p}",
  ].map(same),
  unused: ["backbone.norm.{p}"],
};

/**
 * mmsegmentation's SETR-PUP. Its 1×1 class convolution comes after the last doubling and SETR's
 * before it: the same, since both are linear and act on different axes.
 */
export const mmsegPup: NameMap = {
  rules: [
    ...mmsegEncoder("backbone.", "backbone."),
    renamed("backbone.cls_token", "backbone.cls_token"),
    ...upHead("decode_head.", 4),
    ...upHead("auxiliary_head.{k}.", 1),
  ],
  unused: [],
};

/** A head of as many convolutions, then the class convolution. */
function upHead(head: string, convolutions: number): NameRule[] {
  return [
    // First, so that the rule of the other convolutions does not take its name on the way back.
    renamed(`${head}conv_seg.weight`, `${head}conv_${convolutions}.weight`),
    renamed(`${head}conv_seg.bias`, `${head}conv_${convolutions}.bias`),
    renamed(`${head}norm.{p}`, `${head}norm.{p}`),
    renamed(`${head}up_convs.{i}.0.conv.weight`, `${head}conv_{i}.weight`),
    ...["weight", "bias", "running_var"].map((name) =>
      renamed(`${head}up_convs.{i}.0.bn.${name}`, `${head}syncbn_fc_{i}.${name}`)
    ),
    meanWithBias(`${head}up_convs.{i}.0.bn`, `${head}syncbn_fc_{i}`, `${head}conv_{i}`),
  ];
}

/**
 * mmsegmentation's convolutions have no bias before a batch norm, SETR's have: a bias b is the same
 * as a running mean less b.
 */
function meanWithBias(published: string, norm: string, convolution: string): NameRule {
  return {
    published: [`${published}.running_mean`],
    seglab: [`${norm}.running_mean`, `${convolution}.bias`],
    toSeglab: ([mean]) => [mean!, { ...mean!, data: new Float32Array(mean!.data.length) }],
    toPublished: ([mean, bias]) => [subtract(mean!, bias!)],
  };
}

function subtract(a: NDArray, b: NDArray): NDArray {
  return { shape: a.shape, data: a.data.map((value, i) => value - b.data[i]!) };
}

/** Published checkpoints of whole SETRs. */
export const setrKinds: readonly NetworkKind<SetrConfig>[] = [
  {
    title: "official SETR",
    names: officialSetr,
    signs: ["backbone.patch_embed.proj.weight", "backbone.blocks.{i}.attn.qkv.weight"],
    rebuild: (tensors) => Promise.resolve(rebuilt(tensors)),
  },
  {
    title: "mmsegmentation SETR-PUP",
    names: mmsegPup,
    signs: [VIT_MMSEG, "decode_head.norm.weight", "decode_head.up_convs.3.0.conv.weight"],
    rebuild: (tensors) => Promise.resolve(rebuilt(tensors)),
  },
];

/** mmsegmentation's other SETRs, of which only the backbone is the published one. */
export const mmsegSetrs: readonly CheckpointKind[] = [
  {
    title: "mmsegmentation SETR-Naive",
    names: mmsegVit("backbone."),
    signs: [VIT_MMSEG, "decode_head.norm.weight", "decode_head.up_convs.0.0.conv.weight"],
    without: ["decode_head.up_convs.1.0.conv.weight"],
    otherHead: "mmsegmentation's SETR-Naive enlarges its class scores in two steps of 4, SETR's " +
      "in one of 16, which gives other scores",
  },
  {
    title: "mmsegmentation SETR-MLA",
    names: mmsegVit("backbone."),
    signs: [VIT_MMSEG, "neck.norm.{i}.weight"],
    otherHead: "mmsegmentation's SETR-MLA aggregates the levels in another order, enlarges them " +
      "with other corners and ends in a 1×1 convolution where SETR's has a 3×3 one",
  },
];

/** The data sets that SETR was published on, by the number of their classes. */
const DATA: Readonly<Record<number, string>> = {
  150: "ade20k",
  60: "pascal-context",
  19: "cityscapes",
};

function rebuilt(tensors: ReadonlyMap<string, NDArray>): Rebuilt<SetrConfig> {
  const config = setrOf(tensors);
  const { encoder, layers, auxiliary, classes } = config;
  const window = Math.min(...encoder.imageSize);
  return {
    config,
    normalization: normalizations.imagenet,
    protocol: singlePass(setrTesting.sight(DATA[classes] ?? "other", window)),
    window,
    stride: strideOf(window),
    assumed: [
      `${encoder.heads} attention heads of 64 channels`,
      `heads on blocks ${[...layers, ...auxiliary].join(", ")}`,
    ],
  };
}

/** Reads a SETR from its tensors (Seglab's names). */
function setrOf(tensors: ReadonlyMap<string, NDArray>): SetrConfig {
  const head = headOf(tensors);
  const [classes] = shapeOf(tensors, `decode_head.${setrClassifiers[head]}.weight`, 4);
  const encoder = encoderOf(tensors);
  return {
    head,
    encoder,
    embedding: isHybrid(tensors) ? "resnet50" : "patches",
    ...blocksOf(head, encoder.layers, blockCount(tensors, "auxiliary_head.")),
    levelChannels: tensors.get("decode_head.mlahead.head2.0.weight")?.shape[0] ?? 128,
    classes,
  };
}

/** The last convolution of each head. */
export const setrClassifiers = { naive: "conv_1", pup: "conv_4", mla: "cls" } as const;

function headOf(tensors: ReadonlyMap<string, NDArray>): SetrConfig["head"] {
  if (tensors.has("decode_head.mlahead.head2.0.weight")) return "mla";
  return tensors.has("decode_head.conv_4.weight") ? "pup" : "naive";
}

function isHybrid(tensors: ReadonlyMap<string, NDArray>): boolean {
  return tensors.has("backbone.patch_embed.backbone.conv1.weight");
}

function encoderOf(tensors: ReadonlyMap<string, NDArray>): SetrConfig["encoder"] {
  const { patches, ...shape } = vitOf(tensors, "backbone.");
  const imageSize = squareGrid(patches).map((n) => n * shape.patch) as [number, number];
  const heads = assumedHeads(shape.dim);
  return { ...shape, imageSize, heads, eps: SETR_EPS, dropout: 0, dropPath: 0 };
}

/** The blocks that the heads read: as published for that depth, or the quarters of another. */
function blocksOf(
  head: SetrConfig["head"],
  depth: number,
  auxiliary: number,
): Pick<SetrConfig, "layers" | "auxiliary"> {
  const name = { naive: "SETR-Naive", pup: "SETR-PUP", mla: "SETR-MLA" } as const;
  const use = { classes: 1, image: 16, dropPath: 0, decoderDropout: 0 };
  const published = [setrVariants[name[head]], setrVariants[`${name[head]}-Base`]]
    .map((variant) => setrConfig(variant, use))
    .find(({ encoder }) => encoder.layers === depth);
  const quarters = [1, 2, 3, 4].map((k) => Math.round(k * depth / 4) - 1);
  const layers = head === "mla" ? quarters : [depth - 1];
  return {
    layers: published?.layers ?? layers,
    auxiliary: (published?.auxiliary ?? quarters).slice(0, auxiliary),
  };
}
