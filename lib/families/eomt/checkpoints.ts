import { type NameMap, type NameRule, renamed } from "../../checkpoints/name_rules.ts";
import { blockRules, blocksOf, lifted, perceptronRules } from "../encoders/dino_checkpoints.ts";

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
    ...["fc1", "fc2"].map((name) =>
      renamed(`layers.{i}.mlp.${name}.{p}`, `${BACKBONE}blocks.{i}.mlp.${name}.{p}`)
    ),
    renamed("layers.{i}.mlp.weights_in.{p}", `${BACKBONE}blocks.{i}.mlp.w12.{p}`),
    renamed("layers.{i}.mlp.weights_out.{p}", `${BACKBONE}blocks.{i}.mlp.w3.{p}`),
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

const officialHeads: readonly NameRule[] = [
  renamed("network.q.weight", "q.weight"),
  renamed("network.class_head.{p}", "class_head.{p}"),
  renamed("network.mask_head.{i}.{p}", "mask_head.{i}.{p}"),
  renamed("network.upscale.{i}.conv1.{p}", "upscale.{i}.conv1.{p}"),
  renamed("network.upscale.{i}.conv2.weight", "upscale.{i}.conv2.weight"),
  renamed("network.upscale.{i}.norm.{p}", "upscale.{i}.norm.{p}"),
];

const OFFICIAL = "network.encoder.backbone.";

const officialUnused = [
  ...["network.attn_mask_probs", "criterion.empty_weight"],
  ...["network.encoder.pixel_mean", "network.encoder.pixel_std"],
];

/** tue-mps' EoMT on timm's ViT: Seglab's own names below "network.". */
export const officialEomt: NameMap = {
  rules: [
    ...["cls_token", "reg_token", "pos_embed", "patch_embed.proj.{p}", "norm.{p}"]
      .map((name) => renamed(OFFICIAL + name, BACKBONE + name)),
    ...["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"]
      .map((layer) => `blocks.{i}.${layer}.{p}`)
      .map((name) => renamed(OFFICIAL + name, BACKBONE + name)),
    ...["ls1.gamma", "ls2.gamma"].map((name) => `blocks.{i}.${name}`)
      .map((name) => renamed(OFFICIAL + name, BACKBONE + name)),
    ...officialHeads,
  ],
  unused: officialUnused,
};

/** tue-mps' EoMT on DINOv3, whose encoder is transformers'. */
export const officialEomtDinov3: NameMap = {
  rules: [
    renamed(`${OFFICIAL}patch_embed.cls_token`, `${BACKBONE}cls_token`),
    renamed(`${OFFICIAL}patch_embed.register_tokens`, `${BACKBONE}reg_token`),
    renamed(`${OFFICIAL}patch_embed.patch_embeddings.{p}`, `${BACKBONE}patch_embed.proj.{p}`),
    ...blockRules(blocksOf(`${OFFICIAL}blocks.`, "o_proj"), BACKBONE, true),
    ...perceptronRules(`${OFFICIAL}blocks.`, BACKBONE, false),
    renamed(`${OFFICIAL}norm.{p}`, `${BACKBONE}norm.{p}`),
    ...officialHeads,
  ],
  unused: [...officialUnused, `${OFFICIAL}patch_embed.mask_token`],
};
