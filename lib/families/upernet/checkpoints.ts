import type { NDArray } from "../../array.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/name_rules.ts";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import {
  hubSwinRules,
  hubSwinUnused,
  mmsegSwinRules,
  mmsegSwinUnused,
  swinBuffers,
  swinNames,
  swinOf,
} from "../encoders/swin_checkpoints.ts";
import type { NetworkKind, Rebuilt } from "../family.ts";
import { singlePass } from "../protocol.ts";
import { normalizations } from "../recipe.ts";
import { pixelsOf, processorProtocol, readProcessor } from "../hub_processor.ts";
import { readHubConfig } from "./hub_config.ts";
import { strideOf, upernetTesting } from "./recipes.ts";
import type { UpernetConfig } from "./upernet.ts";

/** The modules of both heads: a convolution without a bias and a batch norm each. */
const modules = [
  ...["psp_modules.{i}.1", "bottleneck", "lateral_convs.{i}", "fpn_convs.{i}", "fpn_bottleneck"]
    .map((name) => `decode_head.${name}`),
  "auxiliary_head.convs.{i}",
];
const heads = ["decode_head", "auxiliary_head"];

/** mmsegmentation's names of the heads, Seglab's own. */
const headNames = [
  ...modules.flatMap((name) => [`${name}.conv.weight`, `${name}.bn.{bn}`]),
  ...heads.map((head) => `${head}.conv_seg.{p}`),
];

/** UPerNet in Swin's original code for segmentation: Seglab's own names. */
export const officialUpernet: NameMap = {
  rules: [...swinNames("backbone."), ...headNames].map(same),
  unused: swinBuffers("backbone."),
};

/** mmsegmentation's UPerNet on its own Swin. */
export const mmsegUpernet: NameMap = {
  rules: [...mmsegSwinRules("backbone.", "backbone."), ...headNames.map(same)],
  unused: mmsegSwinUnused("backbone."),
};

/** UPerNet in Hugging Face's files, which transformers reads and writes. */
export const hubUpernet: NameMap = {
  rules: [...hubSwinRules("backbone.", "backbone."), ...hubHeads()],
  // The last norm of a classifier, as transformers 4 and 5 name it.
  unused: [
    ...hubSwinUnused("backbone."),
    ...["backbone.layernorm.{p}", "backbone.swin.layernorm.{p}"],
  ],
};

function hubHeads(): NameRule[] {
  return [
    ...modules.flatMap((name) => [
      same(`${name}.conv.weight`),
      renamed(`${name}.batch_norm.{bn}`, `${name}.bn.{bn}`),
    ]),
    ...heads.map((head) => renamed(`${head}.classifier.{p}`, `${head}.conv_seg.{p}`)),
  ];
}

/** Published checkpoints of whole UPerNets on Swin. */
export const upernetKinds: readonly NetworkKind<UpernetConfig>[] = [
  {
    title: "official UPerNet on Swin",
    names: officialUpernet,
    signs: [
      "backbone.layers.{s}.blocks.{i}.attn.qkv.weight",
      "decode_head.psp_modules.{i}.1.conv.weight",
    ],
    rebuild: (tensors) => Promise.resolve(mmseg(tensors)),
  },
  {
    title: "mmsegmentation UPerNet on Swin",
    names: mmsegUpernet,
    signs: [
      "backbone.stages.{s}.blocks.{i}.attn.w_msa.qkv.weight",
      "decode_head.psp_modules.{i}.1.conv.weight",
    ],
    rebuild: (tensors) => Promise.resolve(mmseg(tensors)),
  },
  {
    title: "Hugging Face UPerNet on Swin",
    names: hubUpernet,
    signs: [
      "backbone.encoder.layers.{s}.blocks.{i}.attention.self.relative_position_bias_table",
      "decode_head.psp_modules.{i}.1.conv.weight",
    ],
    rebuild: hub,
  },
];

/** All published ones saw ADE20K at 512 pixels, the one of 640 pixels looks the same. */
const WINDOW = 512;

function mmseg(tensors: ReadonlyMap<string, NDArray>): Rebuilt<UpernetConfig> {
  return {
    config: upernetOf(tensors),
    normalization: normalizations.imagenet,
    protocol: singlePass(upernetTesting.sight("ade20k", WINDOW)),
    window: WINDOW,
    stride: strideOf(WINDOW),
    assumed: [],
  };
}

/** transformers shows pictures as its processor says, which is SegFormer's. */
async function hub(
  tensors: ReadonlyMap<string, NDArray>,
  beside: SideFiles,
): Promise<Rebuilt<UpernetConfig>> {
  const file = await readHubConfig(beside);
  const processor = await readProcessor(beside);
  return {
    config: upernetOf(tensors),
    normalization: pixelsOf(processor),
    protocol: processorProtocol(processor, WINDOW),
    window: WINDOW,
    stride: strideOf(WINDOW),
    classes: file?.classes,
    assumed: processor ? [] : ["ImageNet's pixel statistics (no preprocessor_config.json)"],
  };
}

/** Reads a UPerNet from its tensors (Seglab's names). */
function upernetOf(tensors: ReadonlyMap<string, NDArray>): UpernetConfig {
  const encoder = swinOf(tensors, "backbone.");
  if (encoder.depths.length !== 4) {
    throw new RangeError(
      `Cannot rebuild the network: a Swin of 4 stages needed, got ${encoder.depths.length}`,
    );
  }
  const [classes, channels] = shapeOf(tensors, "decode_head.conv_seg.weight", 4);
  const [, aside] = shapeOf(tensors, "auxiliary_head.conv_seg.weight", 4);
  return {
    encoder,
    channels,
    auxiliary: { channels: aside, convolutions: blockCount(tensors, "auxiliary_head.convs.") },
    dropout: 0.1,
    classes,
  };
}
