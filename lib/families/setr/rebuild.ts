import type { NDArray } from "../../array.ts";
import { SETR_EPS, type SetrConfig } from "./setr.ts";
import { setrConfig, setrVariants } from "./variants.ts";
import type { Rebuilt } from "../rebuilt.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import { assumedHeads, squareGrid, vitOf } from "../encoders/vit_shape.ts";

/** Reads a SETR from its tensors (Seglab's names). */
export function setrOf(tensors: ReadonlyMap<string, NDArray>): Rebuilt {
  const head = headOf(tensors);
  const [classes, channels] = shapeOf(tensors, "decode_head.conv_seg.weight", 4);
  const encoder = encoderOf(tensors);
  const heads = encoder.heads;
  const blocks = blocksOf(head, encoder.layers, blockCount(tensors, "auxiliary_head."));
  const config: SetrConfig = {
    head,
    encoder,
    embedding: isHybrid(tensors) ? "resnet50" : "patches",
    ...blocks,
    levelChannels: tensors.get("decode_head.mlahead.head2.0.weight")?.shape[0] ?? 128,
    channels,
    classes,
  };
  const read = [...blocks.layers, ...blocks.auxiliary].join(", ");
  const assumed = [`${heads} attention heads of 64 channels`, `heads on blocks ${read}`];
  return { architecture: { family: "setr", config }, assumed };
}

function headOf(tensors: ReadonlyMap<string, NDArray>): SetrConfig["head"] {
  if (tensors.has("decode_head.mlahead.head2.0.weight")) return "mla";
  return tensors.has("decode_head.conv_4.weight") ? "pup" : "naive";
}

function isHybrid(tensors: ReadonlyMap<string, NDArray>): boolean {
  return tensors.has("backbone.patch_embed.backbone.conv1.weight");
}

function encoderOf(tensors: ReadonlyMap<string, NDArray>): SetrConfig["encoder"] {
  const { patches, ...shape } = vitOf(tensors, "backbone.");
  const imageSize = squareGrid(patches).map((n) => n * shape.patch) as [number, number];
  const heads = assumedHeads(shape.dim);
  return { ...shape, imageSize, heads, eps: SETR_EPS, dropout: 0, dropPath: 0 };
}

/** The blocks that the heads read: as published for that depth, or the quarters of another. */
function blocksOf(
  head: SetrConfig["head"],
  depth: number,
  auxiliary: number,
): Pick<SetrConfig, "layers" | "auxiliary"> {
  const name = { naive: "SETR-Naive", pup: "SETR-PUP", mla: "SETR-MLA" } as const;
  const use = { classes: 1, image: 16, dropPath: 0, decoderDropout: 0 };
  const published = [setrVariants[name[head]], setrVariants[`${name[head]}-Base`]]
    .map((variant) => setrConfig(variant, use))
    .find(({ encoder }) => encoder.layers === depth);
  const quarters = [1, 2, 3, 4].map((k) => Math.round(k * depth / 4) - 1);
  const layers = head === "mla" ? quarters : [depth - 1];
  return {
    layers: published?.layers ?? layers,
    auxiliary: (published?.auxiliary ?? quarters).slice(0, auxiliary),
  };
}
