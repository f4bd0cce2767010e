import type { NDArray } from "../../array.ts";
import {
  type NameMap,
  type NameRule,
  renamed,
  same,
  splitRows,
  stackRows,
} from "../../checkpoints/name_rules.ts";
import type { Encoder } from "../family.ts";
import type { PatchResize } from "../recipe.ts";
import type { DinoConfig } from "./dino.ts";
import { fitPatches } from "./patch_resize.ts";
import { resizedTableOf } from "./position_table.ts";
import { squareGrid } from "./vit_checkpoints.ts";

/** A tensor with another side in front: [n, dim] there, [1, n, dim] here. */
export function lifted(published: string, seglab: string): NameRule {
  const to = (reshaped: (shape: readonly number[]) => readonly number[]) =>
  (
    [tensor]: readonly NDArray[],
  ) => [{ shape: reshaped(tensor!.shape), data: tensor!.data }];
  return {
    published: [published],
    seglab: [seglab],
    toSeglab: to((shape) => [1, ...shape]),
    toPublished: to((shape) => shape.slice(1)),
  };
}

/** What transformers calls the parts of a block. */
export interface BlockNames {
  /** Before the numbers of the blocks: "encoder.layer.". */
  readonly layers: string;
  /** The layers of queries, keys and values. */
  readonly qkv: readonly [q: string, k: string, v: string];
  readonly proj: string;
}

const split = ["q_proj", "k_proj", "v_proj"].map((name) => `attention.${name}`);

/** Names of a block's parts since DINOv3, below a path to the blocks ("layer."). */
export function blocksOf(layers: string, proj: "o_proj" | "out_proj"): BlockNames {
  return { layers, qkv: split as unknown as BlockNames["qkv"], proj: `attention.${proj}` };
}

/** What all blocks have: norms, attention, scales. Keys of DINOv3 (`rope`) have no bias. */
export function blockRules({ layers, qkv, proj }: BlockNames, own: string, rope: boolean) {
  const [theirs, ours] = [`${layers}{i}.`, `${own}blocks.{i}.`];
  const stacked = (ending: string) => ({
    published: qkv.map((name) => `${theirs}${name}.${ending}`),
    seglab: [`${ours}attn.qkv.${ending}`],
  });
  const biases = ["q_bias", "v_bias"].map((name, i) =>
    renamed(`${theirs}${qkv[2 * i]}.bias`, `${ours}attn.${name}`)
  );
  return [
    ...["norm1.{p}", "norm2.{p}"].map((name) => renamed(theirs + name, ours + name)),
    ...rope ? [stacked("weight"), ...biases] : [stacked("{p}")],
    renamed(`${theirs}${proj}.{p}`, `${ours}attn.proj.{p}`),
    renamed(`${theirs}layer_scale1.lambda1`, `${ours}ls1.gamma`),
    renamed(`${theirs}layer_scale2.lambda1`, `${ours}ls2.gamma`),
  ];
}

/** The perceptron's names: one for each of Seglab's, or gate and up stacked in `w12`. */
export function perceptronRules(layers: string, own: string, gated: boolean): NameRule[] {
  const [theirs, ours] = [`${layers}{i}.mlp.`, `${own}blocks.{i}.mlp.`];
  if (!gated) {
    return [
      renamed(`${theirs}up_proj.{p}`, `${ours}fc1.{p}`),
      renamed(`${theirs}down_proj.{p}`, `${ours}fc2.{p}`),
    ];
  }
  return [
    {
      published: ["gate_proj", "up_proj"].map((name) => `${theirs}${name}.{p}`),
      seglab: [`${ours}w12.{p}`],
    },
    renamed(`${theirs}down_proj.{p}`, `${ours}w3.{p}`),
  ];
}

/** The perceptron's names in the files of transformers' DINOv2 before 5.18: gate and up are stacked there too. */
export function filePerceptronRules(layers: string, own: string): NameRule[] {
  const names = { fc1: "fc1", fc2: "fc2", weights_in: "w12", weights_out: "w3" };
  return Object.entries(names).map(([theirs, ours]) =>
    renamed(`${layers}{i}.mlp.${theirs}.{p}`, `${own}blocks.{i}.mlp.${ours}.{p}`)
  );
}

const fileBlocks: BlockNames = {
  layers: "encoder.layer.",
  qkv: ["query", "key", "value"].map((n) => `attention.attention.${n}`) as unknown as BlockNames[
    "qkv"
  ],
  proj: "attention.output.dense",
};

/** transformers' DINOv2, as its files and the Hub's have it, and as it is in memory since 5.18. */
export const hubDinov2: NameMap = {
  rules: [
    renamed("embeddings.cls_token", "cls_token"),
    renamed("embeddings.register_tokens", "reg_token"),
    renamed("embeddings.position_embeddings", "pos_embed"),
    renamed("embeddings.patch_embeddings.projection.{p}", "patch_embed.proj.{p}"),
    ...blockRules(fileBlocks, "", false),
    ...blockRules(blocksOf("encoder.layer.", "o_proj"), "", false),
    ...filePerceptronRules("encoder.layer.", ""),
    ...perceptronRules("encoder.layer.", "", true),
    renamed("layernorm.{p}", "norm.{p}"),
  ],
  unused: ["embeddings.mask_token"],
};

/** facebookresearch's DINOv2: Seglab's own names, but for the registers. */
export const officialDinov2: NameMap = {
  rules: [
    ...["cls_token", "pos_embed", "patch_embed.proj.{p}", "norm.{p}"].map(same),
    renamed("register_tokens", "reg_token"),
    ...["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2", "mlp.w12", "mlp.w3"]
      .map((layer) => same(`blocks.{i}.${layer}.{p}`)),
    ...["ls1.gamma", "ls2.gamma"].map((name) => same(`blocks.{i}.${name}`)),
  ],
  unused: ["mask_token"],
};

/** transformers' DINOv3, whose blocks are `layers`: "layer." in files, "model.layer." in memory since 5.18. */
export function hubDinov3(layers: string, gated: boolean): NameMap {
  return {
    rules: [
      renamed("embeddings.cls_token", "cls_token"),
      renamed("embeddings.register_tokens", "reg_token"),
      renamed("embeddings.patch_embeddings.{p}", "patch_embed.proj.{p}"),
      ...blockRules(blocksOf(layers, "o_proj"), "", true),
      ...perceptronRules(layers, "", gated),
      same("norm.{p}"),
    ],
    unused: ["embeddings.mask_token", "local_cls_norm.{p}"],
  };
}

/** facebookresearch's DINOv3, whose keys have a bias that a mask takes away. */
export const officialDinov3: NameMap = {
  rules: [
    ...["cls_token", "patch_embed.proj.{p}", "norm.{p}"].map(same),
    renamed("storage_tokens", "reg_token"),
    ...["norm1.{p}", "attn.qkv.weight", "attn.proj.{p}", "norm2.{p}", "mlp.fc1.{p}", "mlp.fc2.{p}"]
      .map((name) => same(`blocks.{i}.${name}`)),
    {
      published: ["blocks.{i}.attn.qkv.bias"],
      seglab: ["blocks.{i}.attn.q_bias", "blocks.{i}.attn.v_bias"],
      toSeglab: ([bias]) => {
        const [q, , v] = splitRows(bias!, [1, 1, 1]);
        return [q!, v!];
      },
      toPublished: ([q, v]) => {
        const keys = { shape: q!.shape, data: new Float32Array(q!.data.length) };
        return [stackRows([q!, keys, v!])];
      },
    },
    {
      published: ["w1", "w2"].map((name) => `blocks.{i}.mlp.${name}.{p}`),
      seglab: ["blocks.{i}.mlp.w12.{p}"],
    },
    same("blocks.{i}.mlp.w3.{p}"),
    ...["ls1.gamma", "ls2.gamma"].map((name) => same(`blocks.{i}.${name}`)),
  ],
  unused: [
    ...["mask_token", "rope_embed.periods", "blocks.{i}.attn.qkv.bias_mask"],
    ...["local_cls_norm.{p}"],
  ],
};

/** What Meta publishes DINOv3 under. */
export const DINOV3_LICENCE =
  "DINOv3 License (Meta's own: commercial use under conditions, what is made of the weights stays under it)";

function hubDinov3Kind(layers: string, gated: boolean) {
  const [up, gate] = ["up", "gate"].map((name) => `${layers}{i}.mlp.${name}_proj.weight`);
  return {
    title: "transformers DINOv3" + (gated ? " (SwiGLU)" : ""),
    names: hubDinov3(layers, gated),
    signs: ["embeddings.patch_embeddings.weight", "norm.weight", up!, ...gated ? [gate!] : []],
    without: gated ? [] : [gate!],
    licence: DINOV3_LICENCE,
  };
}

/** Encoders that DINOv2 and DINOv3 trained. */
export const dinos: Encoder = {
  title: "a DINOv2 or DINOv3",
  checkpoints: [
    {
      title: "transformers DINOv2",
      names: hubDinov2,
      signs: [
        "embeddings.patch_embeddings.projection.weight",
        "encoder.layer.{i}.layer_scale1.lambda1",
      ],
    },
    {
      title: "facebookresearch DINOv2",
      names: officialDinov2,
      signs: ["patch_embed.proj.weight", "blocks.{i}.ls1.gamma"],
      without: ["rope_embed.periods", "storage_tokens"],
    },
    ...["layer.", "model.layer."].flatMap((layers) =>
      [false, true].map((gated) => hubDinov3Kind(layers, gated))
    ),
    {
      title: "facebookresearch DINOv3",
      names: officialDinov3,
      signs: ["patch_embed.proj.weight", "blocks.{i}.ls1.gamma", "storage_tokens"],
      licence: DINOV3_LICENCE,
    },
  ],
};

/**
 * Fits a DINO's (or a plain ViT's) tensors, below a path, to an encoder, in place: position embeddings to its
 * grid, kernels to its patches as `patches` says, and the class token's position into the token where the
 * encoder's table is of the patches alone.
 */
export function fitDino(
  tensors: Map<string, NDArray>,
  path: string,
  encoder: DinoConfig,
  patches: PatchResize,
): void {
  fitPatches(tensors, path, encoder, patches);
  const name = `${path}pos_embed`;
  const table = tensors.get(name);
  const { positions, imageSize, patch } = encoder;
  if (!table) return;
  if (positions.kind === "rope") {
    throw new TypeError(
      `Cannot begin an encoder with rotary positions: a DINOv3 needed, got a table of positions`,
    );
  }
  const [, tokens, dim] = table.shape as [number, number, number];
  const own = positions.kind === "table" ? 1 : 0;
  const before = Number.isInteger(Math.sqrt(tokens)) ? 0 : tensors.has(`${path}dist_token`) ? 2 : 1;
  if (before < own) {
    throw new TypeError(
      `Cannot begin an encoder whose class token has a position: a table with one needed, got one of ` +
        `${tokens} patches`,
    );
  }
  const from = squareGrid(tokens - before);
  const to = imageSize.map((side) => Math.floor(side / patch)) as [number, number];
  const token = tensors.get(`${path}cls_token`);
  if (before > own && token) {
    const data = token.data.map((value, i) => value + table.data[i]!);
    tensors.set(`${path}cls_token`, { shape: token.shape, data });
  }
  const kept = {
    shape: [1, own + tokens - before, dim],
    data: new Float32Array((own + tokens - before) * dim),
  };
  kept.data.set(table.data.subarray(0, own * dim));
  kept.data.set(table.data.subarray(before * dim), own * dim);
  const rule = positions.kind === "table" ? positions.rule : "antialiased";
  const same = from[0] === to[0] && from[1] === to[1];
  tensors.set(name, same ? kept : resizedTableOf(kept, own, from, to, rule));
}
