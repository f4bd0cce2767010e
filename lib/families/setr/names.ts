import type { NDArray } from "../../array.ts";
import { resnetNames } from "../encoders/resnet_names.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/rule.ts";
import { encoderNames, mmsegEncoder } from "../encoders/vit_names.ts";

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
