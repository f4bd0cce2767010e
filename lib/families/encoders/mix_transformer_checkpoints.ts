import type { NDArray } from "../../array.ts";
import { reshaped } from "../../checkpoints/layout.ts";
import {
  type NameMap,
  type NameRule,
  renamed,
  same,
  splitRows,
  stackRows,
} from "../../checkpoints/name_rules.ts";
import type { Encoder } from "../family.ts";

/** NVlabs' names of a Mix Transformer below a path that ends with a dot: Seglab's own. */
export function mixTransformerNames(path: string): string[] {
  const layers = [
    ...["norm1", "norm2", "attn.q", "attn.kv", "attn.proj", "attn.sr", "attn.norm"],
    ...["mlp.fc1", "mlp.dwconv.dwconv", "mlp.fc2"],
  ];
  return [
    ...["patch_embed{s}.proj.{p}", "patch_embed{s}.norm.{p}", "norm{s}.{p}"],
    ...layers.map((layer) => `block{s}.{i}.${layer}.{p}`),
  ].map((name) => path + name);
}

/** NVlabs' encoders trained on ImageNet (mit_b0.pth to mit_b5.pth). */
export const nvlabsMit: NameMap = {
  rules: mixTransformerNames("").map(same),
  unused: ["head.{p}"],
};

/** Hugging Face's names of the layers of one stage of a Mix Transformer. */
interface StageNames {
  readonly embed: string;
  readonly norm: string;
  readonly block: string;
  readonly layers: Readonly<Record<string, string>>;
  readonly keyValue: readonly [string, string];
}

const HUB: StageNames = {
  embed: "segformer.encoder.patch_embeddings.{s}",
  norm: "segformer.encoder.layer_norm.{s}",
  block: "segformer.encoder.block.{s}.{i}",
  layers: {
    "layer_norm_1": "norm1",
    "layer_norm_2": "norm2",
    "attention.self.query": "attn.q",
    "attention.output.dense": "attn.proj",
    "attention.self.sr": "attn.sr",
    "attention.self.layer_norm": "attn.norm",
    "mlp.dense1": "mlp.fc1",
    "mlp.dwconv.dwconv": "mlp.dwconv.dwconv",
    "mlp.dense2": "mlp.fc2",
  },
  keyValue: ["attention.self.key", "attention.self.value"],
};

const IN_MEMORY: StageNames = {
  embed: "segformer.stages.{s}.patch_embeddings",
  norm: "segformer.stages.{s}.layer_norm",
  block: "segformer.stages.{s}.blocks.{i}",
  layers: {
    "layernorm_before": "norm1",
    "layernorm_after": "norm2",
    "attention.q_proj": "attn.q",
    "attention.o_proj": "attn.proj",
    "attention.sequence_reduction.sequence_reduction": "attn.sr",
    "attention.sequence_reduction.layer_norm": "attn.norm",
    "mlp.fc1": "mlp.fc1",
    "mlp.dwconv.dwconv": "mlp.dwconv.dwconv",
    "mlp.fc2": "mlp.fc2",
  },
  keyValue: ["attention.k_proj", "attention.v_proj"],
};

/**
 * A Mix Transformer in Hugging Face's files, with Seglab's names below a path that ends with a dot:
 * stages count from 0, and the rows of keys come before those of values in Seglab's `kv`.
 */
export function hubEncoder(seglab: string): NameRule[] {
  return encoder(HUB, seglab);
}

/** A Mix Transformer as transformers 5 names it in memory (a state dict saved by hand). */
export function inMemoryEncoder(seglab: string): NameRule[] {
  return encoder(IN_MEMORY, seglab);
}

/** Hugging Face's encoders trained on ImageNet (nvidia/mit-b0 to mit-b5). */
export const hubMit: NameMap = { rules: hubEncoder(""), unused: ["classifier.{p}"] };

function encoder({ embed, norm, block, layers, keyValue }: StageNames, seglab: string): NameRule[] {
  const ours = `${seglab}block{s+1}.{i}`;
  return [
    renamed(`${embed}.proj.{p}`, `${seglab}patch_embed{s+1}.proj.{p}`),
    renamed(`${embed}.layer_norm.{p}`, `${seglab}patch_embed{s+1}.norm.{p}`),
    renamed(`${norm}.{p}`, `${seglab}norm{s+1}.{p}`),
    ...Object.entries(layers).map(([theirs, layer]) =>
      renamed(`${block}.${theirs}.{p}`, `${ours}.${layer}.{p}`)
    ),
    {
      published: keyValue.map((part) => `${block}.${part}.{p}`),
      seglab: [`${ours}.attn.kv.{p}`],
    },
  ];
}

/** A Mix Transformer under mmsegmentation's names, alone or below the path "backbone.". */
export function mmsegMit(path: string): NameMap {
  const block = `${path}layers.{s}.1.{i}`;
  const layers = {
    "norm1": "norm1",
    "norm2": "norm2",
    "attn.attn.out_proj": "attn.proj",
    "attn.sr": "attn.sr",
    "attn.norm": "attn.norm",
    "ffn.layers.1": "mlp.dwconv.dwconv",
  };
  return {
    rules: [
      renamed(`${path}layers.{s}.0.projection.{p}`, "patch_embed{s+1}.proj.{p}"),
      renamed(`${path}layers.{s}.0.norm.{p}`, "patch_embed{s+1}.norm.{p}"),
      renamed(`${path}layers.{s}.2.{p}`, "norm{s+1}.{p}"),
      ...Object.entries(layers).map(([theirs, ours]) =>
        renamed(`${block}.${theirs}.{p}`, `block{s+1}.{i}.${ours}.{p}`)
      ),
      {
        published: [`${block}.attn.attn.in_proj_{p}`],
        seglab: ["block{s+1}.{i}.attn.q.{p}", "block{s+1}.{i}.attn.kv.{p}"],
        toSeglab: ([joined]) => splitRows(joined!, [1, 2]),
        toPublished: (parts) => [stackRows(parts)],
      },
      ...channelLinearNames(`${block}.ffn.layers.0`, "block{s+1}.{i}.mlp.fc1"),
      ...channelLinearNames(`${block}.ffn.layers.4`, "block{s+1}.{i}.mlp.fc2"),
    ],
    unused: ["head.{p}"],
  };
}

/** A linear layer that is a 1×1 convolution there: weight [out, in, 1, 1] against [out, in]. */
function channelLinearNames(published: string, seglab: string): NameRule[] {
  return [
    matrixOf(`${published}.weight`, `${seglab}.weight`),
    renamed(`${published}.bias`, `${seglab}.bias`),
  ];
}

/** A 1×1 convolution's weight [out, in, 1, 1] as a linear layer's [out, in]. */
export function matrixOf(published: string, seglab: string): NameRule {
  const sides = ({ shape }: NDArray) => shape.slice(0, 2);
  return {
    published: [published],
    seglab: [seglab],
    toSeglab: ([weight]) => [reshaped(weight!, sides(weight!))],
    toPublished: ([weight]) => [reshaped(weight!, [...sides(weight!), 1, 1])],
  };
}

/** A sign of all Mix Transformers in Hugging Face's files */
export const MIT_HUB = "segformer.encoder.patch_embeddings.0.proj.weight";
/** A sign of all Mix Transformers that mmsegmentation wrote. */
export const MIT_MMSEG = "layers.0.0.projection.weight";

/** What NVlabs publishes SegFormer and its encoders under. */
export const MIT_LICENCE =
  "NVIDIA Source Code License for SegFormer: for research and evaluation, not for commercial use";

/** Mix Transformers, trained on ImageNet. */
export const mixTransformers: Encoder = {
  title: "a Mix Transformer",
  licence: MIT_LICENCE,
  checkpoints: [
    {
      title: "NVlabs Mix Transformer",
      names: nvlabsMit,
      signs: ["patch_embed1.proj.weight", "block1.{i}.attn.kv.weight"],
    },
    {
      title: "Hugging Face Mix Transformer",
      names: hubMit,
      signs: [MIT_HUB],
      without: ["decode_head.classifier.weight"],
    },
    {
      title: "mmsegmentation Mix Transformer",
      names: mmsegMit(""),
      signs: [MIT_MMSEG],
    },
  ],
};
