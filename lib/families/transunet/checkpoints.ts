import type { NDArray } from "../../array.ts";
import { bilinearTaps, sampleBilinear } from "../../bilinear.ts";
import { permute, reshaped } from "../../checkpoints/layout.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/name_rules.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import { assumedHeads, squareGrid } from "../encoders/vit_checkpoints.ts";
import { augregVit } from "../encoders/vit_jax_names.ts";
import type { Encoder, NetworkKind, Rebuilt } from "../family.ts";
import { squareProtocol } from "../protocol.ts";
import { unitRange } from "../recipe.ts";
import type { TransunetConfig } from "./transunet.ts";

const HYBRID = "embeddings.hybrid_model.";
const UNIT = "body.block{s}.unit{i}.";

/** The encoder's names without queries, keys and values, below a path that ends with a dot. */
function encoderNames(path: string): string[] {
  const norms = ["gn{j}.{p}", "gn_proj.{p}", "conv{j}.weight", "downsample.weight"];
  const layers = ["attention_norm", "attn.out", "ffn_norm", "ffn.fc1", "ffn.fc2"];
  return [
    ...["root.conv.weight", "root.gn.{p}", ...norms.map((name) => UNIT + name)]
      .map((name) => HYBRID + name),
    ...["embeddings.patch_embeddings.{p}", "embeddings.position_embeddings"],
    ...layers.map((name) => `encoder.layer.{i}.${name}.{p}`),
    "encoder.encoder_norm.{p}",
  ].map((name) => path + name);
}

/** The official TransUNet: Seglab's own names but for queries, keys and values, one layer here. */
export const officialTransunet: NameMap = {
  rules: [
    ...[
      ...encoderNames("transformer."),
      ...["conv_more", "blocks.{i}.conv1", "blocks.{i}.conv2"].flatMap((name) => [
        `decoder.${name}.0.weight`,
        `decoder.${name}.1.{bn}`,
      ]),
      "segmentation_head.0.{p}",
    ].map(same),
    {
      published: ["query", "key", "value"]
        .map((part) => `transformer.encoder.layer.{i}.attn.${part}.{p}`),
      seglab: ["transformer.encoder.layer.{i}.attn.qkv.{p}"],
    },
    same("transformer.encoder.layer.{i}.attn.qkv.{p}"), // the network as Seglab has it
  ],
  unused: [],
};

/** Names of a ViT's parts in the encoder of a TransUNet; those that it lacks are null. */
function partOf(name: string): string | null {
  if (/^(cls_token|head\.)/.test(name)) return null;
  return name.replace(/^pos_embed$/, "embeddings.position_embeddings")
    .replace(/^patch_embed\.proj\./, "embeddings.patch_embeddings.")
    .replace(/^norm\./, "encoder.encoder_norm.")
    .replace(/^blocks\./, "encoder.layer.")
    .replace(".norm1.", ".attention_norm.").replace(".norm2.", ".ffn_norm.")
    .replace(".mlp.", ".ffn.").replace(".attn.proj.", ".attn.out.");
}

/**
 * R50+ViT of the AugReg paper (R50+ViT-B_16.npz): the ViT as the others, below it a ResNet whose norms
 * are [1, 1, 1, c]. `heads` shapes the attention's kernels on the way back.
 */
export function augregHybrid(heads: number): NameMap {
  const { rules, unused } = augregVit(heads);
  const known = rules.filter(({ seglab }) => partOf(seglab[0]!) !== null);
  const others = rules.filter((rule) => !known.includes(rule));
  return {
    rules: [
      ...known.map((rule) => ({ ...rule, seglab: rule.seglab.map((name) => partOf(name)!) })),
      kernel("conv_root/kernel", `${HYBRID}root.conv.weight`),
      renamed("gn_root/scale", `${HYBRID}root.gn.weight`),
      renamed("gn_root/bias", `${HYBRID}root.gn.bias`),
      ...unitNames("conv{j}/kernel", "conv{j}.weight"),
      ...unitNames("conv_proj/kernel", "downsample.weight"),
      ...["gn{j}", "gn_proj"].flatMap((norm) => [
        ...unitNames(`${norm}/scale`, `${norm}.weight`),
        ...unitNames(`${norm}/bias`, `${norm}.bias`),
      ]),
    ],
    unused: [...unused, ...others.flatMap(({ published }) => published)],
  };
}

function unitNames(published: string, seglab: string): NameRule[] {
  const [theirs, ours] = [`block{s}/unit{i}/${published}`, HYBRID + UNIT + seglab];
  if (published.endsWith("kernel")) return [kernel(theirs, ours)];
  return [{
    published: [theirs],
    seglab: [ours],
    toSeglab: ([norm]) => [reshaped(norm!, [norm!.data.length])],
    toPublished: ([norm]) => [reshaped(norm!, [1, 1, 1, norm!.data.length])],
  }];
}

/** JAX's convolution kernels are [h, w, in, out], torch's weights [out, in, h, w]. */
function kernel(published: string, seglab: string): NameRule {
  return {
    published: [published],
    seglab: [seglab],
    toSeglab: ([kernel]) => [permute(kernel!, [3, 2, 0, 1])],
    toPublished: ([weight]) => [permute(weight!, [2, 3, 1, 0])],
  };
}

/** ViTs on a ResNet, trained on ImageNet. */
export const hybridVits: Encoder = {
  title: "a ViT on a ResNet (R50+ViT-B_16.npz)",
  checkpoints: [{
    title: "AugReg ViT on a ResNet",
    names: augregHybrid(1), // the way here reads heads from the kernels
    signs: ["conv_root/kernel", "embedding/kernel", "Transformer/encoder_norm/scale"],
  }],
};

/**
 * Fits a checkpoint's position embeddings [1, tokens, dim] to a TransUNet's images, in place: a class
 * token's, with which their number is none of a square grid, is left out, and the others are resized bilinearly
 * between the outermost, as scipy's zoom of order 1 does.
 */
export function fitTransunet(tensors: Map<string, NDArray>, { image }: TransunetConfig): void {
  const name = "transformer.embeddings.position_embeddings";
  const table = tensors.get(name);
  if (!table) return;
  const [, tokens, dim] = table.shape as [number, number, number];
  const extra = Number.isInteger(Math.sqrt(tokens)) ? 0 : 1;
  const [side] = squareGrid(tokens - extra);
  const rows = { shape: [1, tokens - extra, dim], data: table.data.subarray(extra * dim) };
  tensors.set(name, resizedTable(rows, side, image / 16));
}

function resizedTable(table: NDArray, from: number, to: number): NDArray {
  if (from === to) return table;
  const dim = table.shape[2]!;
  const map = permute(reshaped(table, [from, from, dim]), [2, 0, 1]);
  const taps = bilinearTaps(from, to, true);
  const resized = permute(sampleBilinear(map, taps, taps), [1, 2, 0]);
  return reshaped(resized, [1, to * to, dim]);
}

/** Published checkpoints of whole TransUNets. */
export const transunetKinds: readonly NetworkKind<TransunetConfig>[] = [{
  title: "official TransUNet",
  names: officialTransunet,
  signs: [
    "transformer.embeddings.hybrid_model.root.conv.weight",
    "decoder.conv_more.0.weight",
    "segmentation_head.0.weight",
  ],
  rebuild: (tensors) => Promise.resolve(rebuilt(tensors)),
}];

function rebuilt(tensors: ReadonlyMap<string, NDArray>): Rebuilt<TransunetConfig> {
  const config = transunetOf(tensors);
  const { image, heads } = config;
  return {
    config,
    normalization: unitRange,
    protocol: squareProtocol(image),
    window: image,
    stride: image,
    assumed: [`${heads} attention heads of 64 channels`, "pixels between 0 and 1"],
  };
}

/** Reads a TransUNet from its tensors (Seglab's names). */
function transunetOf(tensors: ReadonlyMap<string, NDArray>): TransunetConfig {
  const path = "transformer.";
  const [, tokens, dim] = shapeOf(tensors, `${path}embeddings.position_embeddings`, 3);
  const [side] = squareGrid(tokens);
  const block = `${path}${HYBRID}body.block`;
  const units = [1, 2, 3].map((i) => blockCount(tensors, `${block}${i}.unit`) - 1); // from 1 on
  const first = [0, 1, 2, 3].map((i) => shapeOf(tensors, `decoder.blocks.${i}.conv1.0.weight`, 4));
  const decoder = first.map(([out]) => out);
  const [neck] = shapeOf(tensors, "decoder.conv_more.0.weight", 4);
  const before = [neck, ...decoder];
  const [classes] = shapeOf(tensors, "segmentation_head.0.weight", 4);
  return {
    width: shapeOf(tensors, `${path}${HYBRID}root.conv.weight`, 4)[0],
    units: units as unknown as TransunetConfig["units"],
    dim,
    heads: assumedHeads(dim),
    layers: blockCount(tensors, `${path}encoder.layer.`),
    hidden: shapeOf(tensors, `${path}encoder.layer.0.ffn.fc1.weight`, 2)[0],
    decoder: decoder as unknown as TransunetConfig["decoder"],
    image: side * 16,
    dropout: 0.1,
    skips: first.filter(([, channels], i) => channels > before[i]!).length,
    classes,
  };
}
