import type { NDArray } from "../../array.ts";
import { permute, reshaped } from "../../checkpoints/layout.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/name_rules.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import type { Encoder } from "../family.ts";
import type { SwinConfig } from "./swin.ts";

const BLOCK = "layers.{s}.blocks.{i}.";
const TABLE = "attn.relative_position_bias_table";
/** The norm that a classifier has behind the last stage. */
const LAST_NORM = "norm.{p}";

/** The names of Swin's original code, Seglab's own, below a path that ends with a dot. */
export function swinNames(path: string): string[] {
  const layers = ["norm1.{p}", "attn.qkv.{p}", "attn.proj.{p}", TABLE];
  return [
    ...["patch_embed.proj.{p}", "patch_embed.norm.{p}", "norm{s}.{p}"],
    ...[...layers, "norm2.{p}", "mlp.fc1.{p}", "mlp.fc2.{p}"].map((layer) => BLOCK + layer),
    ...["layers.{s}.downsample.norm.{p}", "layers.{s}.downsample.reduction.weight"],
  ].map((name) => path + name);
}

/** What the original code stores and computes again whenever it is built. */
export function swinBuffers(path: string): string[] {
  return ["attn.relative_position_index", "attn_mask"].map((name) => path + BLOCK + name);
}

/** Swin trained on ImageNet by the original code (swin_tiny_patch4_window7_224.pth …). */
export const officialSwin: NameMap = {
  rules: [...swinNames(""), LAST_NORM].map(same),
  unused: [...swinBuffers(""), "head.{p}"],
};

/** timm's Swin since 0.9: a stage begins with the merging that ended the one before it. */
export const timmSwin: NameMap = {
  rules: [
    renamed("layers.{s+1}.downsample.norm.{p}", "layers.{s}.downsample.norm.{p}"),
    renamed("layers.{s+1}.downsample.reduction.weight", "layers.{s}.downsample.reduction.weight"),
    ...[...swinNames("").filter((name) => !name.includes("downsample")), LAST_NORM].map(same),
  ],
  unused: [...swinBuffers(""), "head.fc.{p}"],
};

/**
 * Swin under transformers' names below a path, with Seglab's below another: queries, keys and values are
 * three layers there.
 */
export function hubSwinRules(published: string, seglab: string): NameRule[] {
  const block = `${published}encoder.layers.{s}.blocks.{i}.`;
  const layers = {
    "layernorm_before.{p}": "norm1.{p}",
    "attention.output.dense.{p}": "attn.proj.{p}",
    "attention.self.relative_position_bias_table": TABLE,
    "layernorm_after.{p}": "norm2.{p}",
    "intermediate.dense.{p}": "mlp.fc1.{p}",
    "output.dense.{p}": "mlp.fc2.{p}",
  };
  const down = "layers.{s}.downsample.";
  return [
    renamed(
      `${published}embeddings.patch_embeddings.projection.{p}`,
      `${seglab}patch_embed.proj.{p}`,
    ),
    renamed(`${published}embeddings.norm.{p}`, `${seglab}patch_embed.norm.{p}`),
    ...Object.entries(layers).map(([theirs, ours]) =>
      renamed(block + theirs, seglab + BLOCK + ours)
    ),
    {
      published: ["query", "key", "value"].map((part) => `${block}attention.self.${part}.{p}`),
      seglab: [`${seglab}${BLOCK}attn.qkv.{p}`],
    },
    renamed(`${published}encoder.${down}norm.{p}`, `${seglab}${down}norm.{p}`),
    renamed(`${published}encoder.${down}reduction.weight`, `${seglab}${down}reduction.weight`),
    renamed(`${published}hidden_states_norms.stage{s+1}.{p}`, `${seglab}norm{s}.{p}`),
  ];
}

/** What transformers stores of a Swin below a path beside its weights. */
export function hubSwinUnused(path: string): string[] {
  return [`${path}encoder.layers.{s}.blocks.{i}.attention.self.relative_position_index`];
}

/** Swin in Hugging Face's files (microsoft/swin-*), alone or below its classifier's "swin.". */
function hubSwin(path: string): NameMap {
  return {
    rules: [...hubSwinRules(path, ""), renamed(`${path}layernorm.{p}`, LAST_NORM)],
    unused: [...hubSwinUnused(path), "classifier.{p}"],
  };
}

/**
 * Swin under mmsegmentation's names below a path, with Seglab's below another. Its merging takes the four
 * cells by torch's Unfold: channel by channel, each with its rows of the square, where the original
 * has cell by cell.
 */
export function mmsegSwinRules(published: string, seglab: string): NameRule[] {
  const block = `${published}stages.{s}.blocks.{i}.`;
  const layers = {
    "norm1.{p}": "norm1.{p}",
    "attn.w_msa.qkv.{p}": "attn.qkv.{p}",
    "attn.w_msa.proj.{p}": "attn.proj.{p}",
    "attn.w_msa.relative_position_bias_table": TABLE,
    "norm2.{p}": "norm2.{p}",
    "ffn.layers.0.0.{p}": "mlp.fc1.{p}",
    "ffn.layers.1.{p}": "mlp.fc2.{p}",
  };
  return [
    renamed(`${published}patch_embed.projection.{p}`, `${seglab}patch_embed.proj.{p}`),
    renamed(`${published}patch_embed.norm.{p}`, `${seglab}patch_embed.norm.{p}`),
    ...Object.entries(layers).map(([theirs, ours]) =>
      renamed(block + theirs, seglab + BLOCK + ours)
    ),
    ...["norm.{p}", "reduction.weight"].map((name): NameRule => ({
      published: [`${published}stages.{s}.downsample.${name}`],
      seglab: [`${seglab}layers.{s}.downsample.${name}`],
      toSeglab: ([tensor]) => [exchanged(tensor!, (dim) => [dim, 2, 2])],
      toPublished: ([tensor]) => [exchanged(tensor!, (dim) => [2, 2, dim])],
    })),
    renamed(`${published}norm{s}.{p}`, `${seglab}norm{s}.{p}`),
  ];
}

/** What mmsegmentation stores of a Swin below a path beside its weights. */
export function mmsegSwinUnused(path: string): string[] {
  return [`${path}stages.{s}.blocks.{i}.attn.w_msa.relative_position_index`];
}

/**
 * The last axis [4 · dim] of a tensor, whose three parts are channel, row and column or column, row and
 * channel, with the parts in the opposite order.
 */
function exchanged(
  tensor: NDArray,
  parts: (dim: number) => readonly [number, number, number],
): NDArray {
  const width = tensor.shape.at(-1)!;
  const rows = tensor.data.length / width;
  const split = reshaped(tensor, [rows, ...parts(width / 4)]);
  return reshaped(permute(split, [0, 3, 2, 1]), tensor.shape);
}

const hubSign = (path: string) => `${path}embeddings.patch_embeddings.projection.weight`;
const hubBlock = (path: string) =>
  `${path}encoder.layers.{s}.blocks.{i}.attention.self.relative_position_bias_table`;
const LAST_MERGING = "layers.3.downsample.reduction.weight";

/** Swin Transformers, trained on ImageNet. */
export const swins: Encoder = {
  title: "a Swin Transformer",
  checkpoints: [
    {
      title: "official Swin",
      names: officialSwin,
      signs: ["patch_embed.proj.weight", BLOCK + "attn.qkv.weight"],
      without: [LAST_MERGING, "layers_up.{i}.expand.weight"], // timm's, and a Swin-Unet
    },
    {
      title: "timm Swin",
      names: timmSwin,
      signs: ["patch_embed.proj.weight", BLOCK + "attn.qkv.weight", LAST_MERGING],
    },
    {
      title: "Hugging Face Swin",
      names: hubSwin("swin."),
      signs: [hubSign("swin."), hubBlock("swin.")],
    },
    {
      title: "Hugging Face Swin (without a classifier)",
      names: hubSwin(""),
      signs: [hubSign(""), hubBlock("")],
    },
    {
      title: "mmsegmentation Swin",
      names: {
        rules: [...mmsegSwinRules("", ""), same(LAST_NORM)],
        unused: [...mmsegSwinUnused(""), "head.{p}"],
      },
      signs: ["patch_embed.projection.weight", "stages.{s}.blocks.{i}.attn.w_msa.qkv.weight"],
    },
  ],
};

/** Reads a Swin from its tensors (Seglab's names) below a path that ends with a dot, or "". */
export function swinOf(tensors: ReadonlyMap<string, NDArray>, path: string): SwinConfig {
  const [dim] = shapeOf(tensors, `${path}patch_embed.norm.weight`, 1);
  const stages = Array.from({ length: blockCount(tensors, `${path}layers.`) }, (_, s) => s);
  const tables = stages.map((s) => shapeOf(tensors, `${path}layers.${s}.blocks.0.${TABLE}`, 2));
  return {
    dim,
    depths: stages.map((s) => blockCount(tensors, `${path}layers.${s}.blocks.`)),
    heads: tables.map(([, heads]) => heads),
    window: windowOf(tensors, `${path}layers.0.blocks.0.`),
    dropPath: 0.1,
  };
}

/** The side of the windows of a block, below a path that ends with a dot. */
export function windowOf(tensors: ReadonlyMap<string, NDArray>, block: string): number {
  const [rows] = shapeOf(tensors, block + TABLE, 2);
  const window = (Math.sqrt(rows) + 1) / 2;
  if (Number.isInteger(window)) return window;
  throw new RangeError(
    `Cannot rebuild the network: a table of biases for square windows needed, got one of ${rows} rows`,
  );
}
