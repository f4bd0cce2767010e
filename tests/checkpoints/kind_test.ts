import { assertEquals, assertThrows } from "@std/assert";
import { renameFrom, titleOf } from "./kinds.ts";
import { toPublished } from "../../lib/checkpoints/name_rules.ts";
import { torchvisionResnet } from "../../lib/families/encoders/resnet.ts";
import { declaredBy } from "../../lib/families/family.ts";
import { familyOf } from "../../lib/families/registry.ts";
import { initialize } from "../../lib/nn/init.ts";
import { assertSame } from "../same.ts";

const ENCODER = ["cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.0.attn.qkv.weight"];
const HEAD = ["decode_head.linear_fuse.weight", "decode_head.classifier.weight"];
const HUB = ["segformer.encoder.patch_embeddings.0.proj.weight", ...HEAD];

Deno.test("titleOf() is a TypeError that lists names when none is known", () => {
  assertThrows(
    () => titleOf(["model.a", "model.b", "c", "d", "e", "f"]),
    TypeError,
    "6 names of none of them: model.a, model.b, c, d, e, …",
  );
});

Deno.test("titleOf() says what it recognised when the rest is missing", () => {
  assertThrows(
    () => titleOf(["cls_token", "pos_embed", "stages.0.conv"]),
    TypeError,
    "2 of 3 names that timm ViT has, without patch_embed.proj.weight, blocks.{i}.attn.qkv.weight, " +
      "and others: stages.0.conv",
  );
});

Deno.test("titleOf() is a TypeError when names of two kinds are mixed", () => {
  assertThrows(
    () => titleOf([...HUB, "backbone.block1.0.norm1.weight"]),
    TypeError,
    "got those of Hugging Face SegFormer and 1 of NVlabs SegFormer: backbone.block1.0.norm1.weight",
  );
  assertThrows(
    () => titleOf([...ENCODER, ...ENCODER.map((name) => `encoder.${name}`)]),
    TypeError,
    "got names of official Segmenter and of timm ViT",
  );
});

Deno.test("titleOf() is a TypeError when a block holds what the network does not have", () => {
  assertThrows(
    () => titleOf([...ENCODER, "blocks.0.gate.weight"]),
    TypeError,
    "Cannot take the checkpoint for timm ViT: only that network's tensors in its blocks needed, " +
      "got 1 others: blocks.0.gate.weight",
  );
});

Deno.test("titleOf() looks past single names and past batch norm's counters", () => {
  assertEquals(titleOf([...ENCODER, "mask_token"]), "timm ViT");
  const counted = ["conv1.weight", "layer1.0.conv1.weight", "layer1.0.bn1.num_batches_tracked"];
  assertEquals(titleOf(counted), "torchvision ResNet");
});

Deno.test("titleOf() tells mmsegmentation's SETRs apart", () => {
  const vit = ["backbone.patch_embed.projection.weight", "backbone.layers.0.ln1.weight"];
  const convolution = (i: number) => `decode_head.up_convs.${i}.0.conv.weight`;
  const naive = [...vit, "decode_head.norm.weight", convolution(0), "decode_head.conv_seg.weight"];
  assertEquals(titleOf(naive), "mmsegmentation SETR-Naive");
  assertEquals(titleOf([...naive, ...[1, 2, 3].map(convolution)]), "mmsegmentation SETR-PUP");
  const mla = [...vit, "neck.norm.0.weight", "decode_head.conv_seg.weight"];
  assertEquals(titleOf(mla), "mmsegmentation SETR-MLA");
});

Deno.test("renameFrom() keeps torchvision's names of a ResNet, both ways", () => {
  const config = { depth: 18, classes: 2 } as const;
  const { parameters } = declaredBy({ family: familyOf("semantic_fpn"), config }, 64);
  const weights = new Map(
    [...initialize(parameters, 1)]
      .filter(([name]) => name.startsWith("backbone."))
      .map(([name, tensor]) => [name.slice("backbone.".length), tensor]),
  );
  const found = new Map([...weights, ["fc.bias", { shape: [1], data: new Float32Array(1) }]]);
  assertEquals(titleOf([...found.keys()]), "torchvision ResNet");
  const renamed = renameFrom("torchvision ResNet", found);
  assertSame(renamed, { tensors: weights, unused: ["fc.bias"] });
  assertSame(toPublished(torchvisionResnet, weights).tensors, weights);
});
