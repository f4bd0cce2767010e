import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/rule.ts";

/** timm's names of a ViT's transformer blocks below a path that ends with a dot. */
export function blockNames(path: string): string[] {
  return ["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"]
    .map((layer) => `${path}blocks.{i}.${layer}.{p}`);
}

/** timm's names of a ViT or DeiT without its heads, below a path that ends with a dot. */
export function encoderNames(path: string): string[] {
  const tokens = ["cls_token", "dist_token", "pos_embed", "patch_embed.proj.{p}"];
  return [...[...tokens, "norm.{p}"].map((name) => path + name), ...blockNames(path)];
}

/** timm's ViT and DeiT: Seglab's own names for a ViT. */
export const timmVit: NameMap = {
  rules: [...encoderNames(""), "head.{p}", "head_dist.{p}"].map(same),
  unused: ["pre_logits.fc.{p}", "fc_norm.{p}"],
};

/** mmsegmentation's names of transformer blocks, the layers below `published`. */
export function mmsegBlocks(published: string, seglab: string): NameRule[] {
  const layers = {
    "ln1.{p}": "norm1.{p}",
    "ln2.{p}": "norm2.{p}",
    "attn.attn.in_proj_{p}": "attn.qkv.{p}",
    "attn.attn.out_proj.{p}": "attn.proj.{p}",
    "ffn.layers.0.0.{p}": "mlp.fc1.{p}",
    "ffn.layers.1.{p}": "mlp.fc2.{p}",
  };
  return Object.entries(layers).map(([theirs, ours]) =>
    renamed(`${published}layers.{i}.${theirs}`, `${seglab}blocks.{i}.${ours}`)
  );
}

/** mmsegmentation's names of a ViT's embeddings and blocks, without the class token. */
export function mmsegEncoder(published: string, seglab: string): NameRule[] {
  return [
    renamed(`${published}pos_embed`, `${seglab}pos_embed`),
    renamed(`${published}patch_embed.projection.{p}`, `${seglab}patch_embed.proj.{p}`),
    ...mmsegBlocks(published, seglab),
  ];
}

/** A ViT under mmsegmentation's names alone, or as the backbone of a network (path "backbone."). */
export function mmsegVit(path: string): NameMap {
  return {
    rules: [
      ...mmsegEncoder(path, ""),
      renamed(`${path}cls_token`, "cls_token"),
      renamed(`${path}ln1.{p}`, "norm.{p}"),
    ],
    unused: [],
  };
}
