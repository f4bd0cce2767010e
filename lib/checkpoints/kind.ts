import type { NDArray } from "../array.ts";
import { augregVit, bigVisionVit } from "../families/encoders/vit_jax_names.ts";
import { hubMit, mmsegMit, nvlabsMit } from "../families/encoders/mix_transformer_names.ts";
import { torchvisionResnet } from "../families/encoders/resnet_names.ts";
import { type NameMap, recogniser, type Renamed, toSeglab } from "./rule.ts";
import { hubSegformer, inMemorySegformer, nvlabsSegformer } from "../families/segformer/names.ts";
import {
  mmsegLinearSegmenter,
  mmsegSegmenter,
  officialSegmenter,
} from "../families/segmenter/names.ts";
import { mmsegPup, officialSetr } from "../families/setr/names.ts";
import { mmsegVit, timmVit } from "../families/encoders/vit_names.ts";

/** What a checkpoint's tensors are, once they have Seglab's names. */
export type Contents = "segmenter" | "segformer" | "setr" | "vit" | "mit" | "resnet";

/** A kind of published checkpoint, told by its names. */
export interface Kind {
  readonly title: string;
  readonly contents: Contents;
  readonly names: NameMap;
  /** The names that all such checkpoints hold. */
  readonly signs: readonly string[];
  /** Names that another kind with the same signs holds. */
  readonly without?: readonly string[];
  /** Why only the backbone of such a checkpoint is a network that Seglab has. */
  readonly otherHead?: string;
}

const VIT_MMSEG = "backbone.patch_embed.projection.weight";
const MIT_HUB = "segformer.encoder.patch_embeddings.0.proj.weight";
const MIT_MMSEG = "layers.0.0.projection.weight";

const NAIVE_MMSEG =
  "mmsegmentation's SETR-Naive enlarges its class scores in two steps of 4, SETR's " +
  "in one of 16, which gives other scores";
const MLA_MMSEG =
  "mmsegmentation's SETR-MLA aggregates the levels in another order, enlarges them " +
  "with other corners and ends in a 1×1 convolution where SETR's has a 3×3 one";
const SEGFORMER_MMSEG =
  "mmsegmentation's SegFormer head has a batch norm and a ReLU on each level " +
  "and takes them finest first, where the published head has one linear layer a level";

/** All kinds that are recognised. */
export const kinds = {
  segmenter: {
    title: "official Segmenter",
    contents: "segmenter",
    names: officialSegmenter,
    signs: ["encoder.patch_embed.proj.weight", "encoder.blocks.{i}.attn.qkv.weight"],
  },
  nvlabs_segformer: {
    title: "NVlabs SegFormer",
    contents: "segformer",
    names: nvlabsSegformer,
    signs: ["backbone.patch_embed1.proj.weight", "decode_head.linear_pred.weight"],
  },
  hub_segformer: {
    title: "Hugging Face SegFormer",
    contents: "segformer",
    names: hubSegformer,
    signs: [MIT_HUB, "decode_head.classifier.weight"],
  },
  in_memory_segformer: {
    title: "Hugging Face SegFormer (transformers 5, in memory)",
    contents: "segformer",
    names: inMemorySegformer,
    signs: ["segformer.stages.0.patch_embeddings.proj.weight", "decode_head.classifier.weight"],
  },
  setr: {
    title: "official SETR",
    contents: "setr",
    names: officialSetr,
    signs: ["backbone.patch_embed.proj.weight", "backbone.blocks.{i}.attn.qkv.weight"],
  },
  mmseg_segmenter: {
    title: "mmsegmentation Segmenter",
    contents: "segmenter",
    names: mmsegSegmenter,
    signs: [VIT_MMSEG, "decode_head.dec_proj.weight"],
  },
  mmseg_linear_segmenter: {
    title: "mmsegmentation Segmenter (linear)",
    contents: "segmenter",
    names: mmsegLinearSegmenter,
    signs: [VIT_MMSEG, "backbone.ln1.weight", "decode_head.conv_seg.weight"],
    without: ["decode_head.dec_proj.weight", "decode_head.norm.weight", "neck.norm.{i}.weight"],
  },
  mmseg_pup: {
    title: "mmsegmentation SETR-PUP",
    contents: "setr",
    names: mmsegPup,
    signs: [VIT_MMSEG, "decode_head.norm.weight", "decode_head.up_convs.3.0.conv.weight"],
  },
  mmseg_naive: {
    title: "mmsegmentation SETR-Naive",
    contents: "vit",
    names: mmsegVit("backbone."),
    signs: [VIT_MMSEG, "decode_head.norm.weight", "decode_head.up_convs.0.0.conv.weight"],
    without: ["decode_head.up_convs.1.0.conv.weight"],
    otherHead: NAIVE_MMSEG,
  },
  mmseg_mla: {
    title: "mmsegmentation SETR-MLA",
    contents: "vit",
    names: mmsegVit("backbone."),
    signs: [VIT_MMSEG, "neck.norm.{i}.weight"],
    otherHead: MLA_MMSEG,
  },
  mmseg_segformer: {
    title: "mmsegmentation SegFormer",
    contents: "mit",
    names: mmsegMit("backbone."),
    signs: [`backbone.${MIT_MMSEG}`],
    otherHead: SEGFORMER_MMSEG,
  },
  nvlabs_mit: {
    title: "NVlabs Mix Transformer",
    contents: "mit",
    names: nvlabsMit,
    signs: ["patch_embed1.proj.weight", "block1.{i}.attn.kv.weight"],
  },
  hub_mit: {
    title: "Hugging Face Mix Transformer",
    contents: "mit",
    names: hubMit,
    signs: [MIT_HUB],
    without: ["decode_head.classifier.weight"],
  },
  mmseg_mit: {
    title: "mmsegmentation Mix Transformer",
    contents: "mit",
    names: mmsegMit(""),
    signs: [MIT_MMSEG],
  },
  timm_vit: {
    title: "timm ViT",
    contents: "vit",
    names: timmVit,
    signs: ["patch_embed.proj.weight", "blocks.{i}.attn.qkv.weight"],
  },
  mmseg_vit: {
    title: "mmsegmentation ViT",
    contents: "vit",
    names: mmsegVit(""),
    signs: ["patch_embed.projection.weight", "layers.{i}.attn.attn.in_proj_weight"],
  },
  // Both read heads from their kernels; the number is for the way back alone.
  augreg_vit: {
    title: "AugReg ViT",
    contents: "vit",
    names: augregVit(1),
    signs: ["embedding/kernel", "Transformer/encoder_norm/scale"],
  },
  big_vision_vit: {
    title: "big_vision ViT",
    contents: "vit",
    names: bigVisionVit(1),
    signs: ["params/embedding/kernel", "params/Transformer/encoder_norm/scale"],
  },
  torchvision_resnet: {
    title: "torchvision ResNet",
    contents: "resnet",
    names: torchvisionResnet,
    signs: ["conv1.weight", "layer1.{i}.conv1.weight"],
  },
} as const satisfies Record<string, Kind>;

/** A kind by its name in `kinds`. */
export type KindName = keyof typeof kinds;

/**
 * The kind of checkpoint that holds tensors of these names, wrappers such as "state_dict." taken off.
 * Names of two kinds, of none, or more tensors in a repeated block than the kind has are a
 * TypeError that says what was recognised.
 */
export function kindOf(names: readonly string[]): KindName {
  const fitting = entries().filter(([, kind]) => fits(kind, names));
  if (fitting.length !== 1) throw unknown(names, fitting.map(([, { title }]) => title));
  const [[found, kind]] = fitting as [[KindName, Kind]];
  const left = names.filter((name) => !isBookkeeping(name) && !known(kind)(name));
  const others = entries().filter(([name]) => name !== found).map(([, other]) => other);
  const foreign = kind.otherHead === undefined
    ? left.filter((name) => others.some((other) => known(other)(name)))
    : [];
  if (foreign.length > 0) throw mixed(kind, others, foreign);
  const added = left.filter((name) => sharesBlock(name, kind, names));
  if (added.length > 0) throw otherNetwork(kind, added);
  return found;
}

/** Tensors of a kind of checkpoint under Seglab's names. */
export function renameFrom(
  { names }: Pick<Kind, "names">,
  tensors: ReadonlyMap<string, NDArray>,
): Renamed {
  return toSeglab(names, tensors);
}

function entries(): [KindName, Kind][] {
  return Object.entries(kinds) as [KindName, Kind][];
}

function fits({ signs, without = [] }: Kind, names: readonly string[]): boolean {
  const has = (sign: string) => names.some(recogniser({ rules: [], unused: [sign] }));
  return signs.every(has) && !without.some(has);
}

const recognisers = new WeakMap<Kind, (name: string) => boolean>();

function known(kind: Kind): (name: string) => boolean {
  const cached = recognisers.get(kind) ?? recogniser(kind.names);
  recognisers.set(kind, cached);
  return cached;
}

/** torch counts the batches that a batch norm saw; nothing reads the number. */
function isBookkeeping(name: string): boolean {
  return name.endsWith(".num_batches_tracked");
}

/** Whether a name lies in a numbered block that the kind knows other names of. */
function sharesBlock(name: string, kind: Kind, names: readonly string[]): boolean {
  const block = /^.*?\.\d+\./.exec(name)?.[0];
  return block !== undefined &&
    names.some((other) => other.startsWith(block) && known(kind)(other));
}

function unknown(names: readonly string[], fitting: readonly string[]): TypeError {
  const counts = entries().map(([, kind]) => ({
    kind,
    count: names.filter(known(kind)).length,
  })).sort((a, b) => b.count - a.count);
  const { kind, count } = counts[0]!;
  const got = fitting.length > 1
    ? `names of ${fitting.join(" and of ")}`
    : count === 0
    ? `${names.length} names of none of them: ${some(names)}`
    : `${count} of ${names.length} names that ${kind.title} has, without ` +
      `${missingSigns(kind, names)}, and others: ` +
      some(names.filter((name) => !known(kind)(name)));
  const titles = entries().map(([, { title }]) => title).join(", ");
  return new TypeError(
    `Cannot tell what kind of checkpoint this is: the names of one of ${titles} needed, got ${got}`,
  );
}

function missingSigns(kind: Kind, names: readonly string[]): string {
  return kind.signs.filter((sign) => !fits({ ...kind, signs: [sign], without: [] }, names))
    .join(", ");
}

function mixed(kind: Kind, others: readonly Kind[], foreign: readonly string[]): TypeError {
  const titles = others.filter((other) => foreign.some(known(other))).map(({ title }) => title);
  return new TypeError(
    `Cannot tell what kind of checkpoint this is: the names of one kind needed, got those of ` +
      `${kind.title} and ${foreign.length} of ${titles.join(" or ")}: ${some(foreign)}`,
  );
}

function otherNetwork(kind: Kind, added: readonly string[]): TypeError {
  return new TypeError(
    `Cannot take the checkpoint for ${kind.title}: only that network's tensors in its blocks ` +
      `needed, got ${added.length} others: ${some(added)}`,
  );
}

function some(names: readonly string[]): string {
  return names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");
}
