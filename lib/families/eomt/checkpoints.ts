import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/name_rules.ts";
import {
  blockRules,
  blocksOf,
  DINOV3_LICENCE,
  filePerceptronRules,
  lifted,
  perceptronRules,
} from "../encoders/dino_checkpoints.ts";
import type { NetworkKind } from "../family.ts";
import type { EomtConfig } from "./eomt.ts";
import { rebuildEomt } from "./rebuild.ts";

const BACKBONE = "encoder.backbone.";

/** What stands behind the encoder, in transformers' EoMT. */
const hubHeads: readonly NameRule[] = [
  renamed("query.weight", "q.weight"),
  renamed("class_predictor.{p}", "class_head.{p}"),
  ...[0, 2, 4].map((layer, i) => renamed(`mask_head.fc${i + 1}.{p}`, `mask_head.${layer}.{p}`)),
  renamed("upscale_block.block.{i}.conv1.{p}", "upscale.{i}.conv1.{p}"),
  renamed("upscale_block.block.{i}.conv2.weight", "upscale.{i}.conv2.weight"),
  renamed("upscale_block.block.{i}.layernorm2d.{p}", "upscale.{i}.norm.{p}"),
];

const hubTokens = [
  renamed("embeddings.cls_token", `${BACKBONE}cls_token`),
  renamed("embeddings.register_tokens", `${BACKBONE}reg_token`),
  renamed("layernorm.{p}", `${BACKBONE}norm.{p}`),
];

const unused = ["attn_mask_probs", "criterion.empty_weight"];

/** transformers' EoMT on DINOv2 (`EomtForUniversalSegmentation`). */
export const hubEomt: NameMap = {
  rules: [
    ...hubTokens,
    lifted("embeddings.position_embeddings.weight", `${BACKBONE}pos_embed`),
    renamed("embeddings.patch_embeddings.projection.{p}", `${BACKBONE}patch_embed.proj.{p}`),
    ...blockRules(blocksOf("layers.", "out_proj"), BACKBONE, false),
    ...perceptronRules("layers.", BACKBONE, true), // as 5.18 writes and reads it
    ...filePerceptronRules("layers.", BACKBONE),
    ...hubHeads,
  ],
  unused,
};

/** transformers' EoMT on DINOv3 (`EomtDinov3ForUniversalSegmentation`). */
export const hubEomtDinov3: NameMap = {
  rules: [
    ...hubTokens,
    renamed("embeddings.patch_embeddings.{p}", `${BACKBONE}patch_embed.proj.{p}`),
    ...blockRules(blocksOf("layers.", "o_proj"), BACKBONE, true),
    ...perceptronRules("layers.", BACKBONE, false),
    ...hubHeads,
  ],
  unused: [...unused, "embeddings.mask_token"],
};

const heads = [
  ...["q.weight", "class_head.{p}", "mask_head.{i}.{p}", "upscale.{i}.conv1.{p}"],
  ...["upscale.{i}.conv2.weight", "upscale.{i}.norm.{p}"],
].map(same);

const officialUnused = ["attn_mask_probs", "encoder.pixel_mean", "encoder.pixel_std"];

/** tue-mps' EoMT on timm's ViT, below "network.": Seglab's own names. */
export const officialEomt: NameMap = {
  rules: [
    ...["cls_token", "reg_token", "pos_embed", "patch_embed.proj.{p}", "norm.{p}"],
    ...["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2", "mlp.w12", "mlp.w3"]
      .map((layer) => `blocks.{i}.${layer}.{p}`),
    ...["ls1.gamma", "ls2.gamma", "attn.q_bias", "attn.v_bias"].map((name) => `blocks.{i}.${name}`),
  ].map((name) => same(BACKBONE + name)).concat(heads),
  unused: officialUnused,
};

/** tue-mps' EoMT on DINOv3, below "network.", whose encoder has transformers' names. */
export const officialEomtDinov3: NameMap = {
  rules: [
    renamed(`${BACKBONE}patch_embed.cls_token`, `${BACKBONE}cls_token`),
    renamed(`${BACKBONE}patch_embed.register_tokens`, `${BACKBONE}reg_token`),
    renamed(`${BACKBONE}patch_embed.patch_embeddings.{p}`, `${BACKBONE}patch_embed.proj.{p}`),
    ...blockRules(blocksOf(`${BACKBONE}blocks.`, "o_proj"), BACKBONE, true),
    ...perceptronRules(`${BACKBONE}blocks.`, BACKBONE, false),
    same(`${BACKBONE}norm.{p}`),
    ...heads,
  ],
  unused: [...officialUnused, `${BACKBONE}patch_embed.mask_token`],
};

/** Published checkpoints of whole EoMTs. */
export const eomtKinds: readonly NetworkKind<EomtConfig>[] = [
  {
    title: "transformers EoMT",
    names: hubEomt,
    signs: ["query.weight", "embeddings.patch_embeddings.projection.weight"],
    rebuild: rebuildEomt,
  },
  {
    title: "transformers EoMT on DINOv3",
    names: hubEomtDinov3,
    signs: ["query.weight", "embeddings.patch_embeddings.weight"],
    licence: DINOV3_LICENCE,
    rebuild: rebuildEomt,
  },
  {
    title: "official EoMT",
    names: officialEomt,
    signs: ["q.weight", `${BACKBONE}patch_embed.proj.weight`],
    rebuild: rebuildEomt,
  },
  {
    title: "official EoMT on DINOv3",
    names: officialEomtDinov3,
    signs: ["q.weight", `${BACKBONE}patch_embed.patch_embeddings.weight`],
    licence: DINOV3_LICENCE,
    rebuild: rebuildEomt,
  },
];
