import { attend } from "../../graph/ops/attention.ts";
import { expand } from "../../graph/ops/broadcast.ts";
import { concat } from "../../graph/ops/concat.ts";
import { add, gelu, relu } from "../../graph/ops/math.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import { reshape, swapLast } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { batchNorm, conv, scoreConv } from "../../nn/convolution.ts";
import { truncatedNormal } from "../../nn/init.ts";
import { dropout, layerNorm, linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import type { Anatomy } from "../anatomy.ts";
import { pointwise, toMap } from "../encoders/token_map.ts";
import { type Grid, padToPatches } from "../encoders/vit.ts";
import { resnetV2, type ResnetV2Config } from "./resnet_v2.ts";

/** TransUNet (Chen et al. 2021): a ViT on a ResNet, and a decoder that the ResNet's maps lead into. */
export interface TransunetConfig extends ResnetV2Config {
  /** The side of the square images that the position embeddings are for. */
  readonly image: number;
  readonly dim: number;
  readonly heads: number;
  readonly layers: number;
  /** Channels inside the perceptrons. */
  readonly hidden: number;
  /** The probability of dropping an activation in the transformer. */
  readonly dropout: number;
  /** Channels of the decoder's four blocks, coarsest first: 256, 128, 64, 16. */
  readonly decoder: readonly [number, number, number, number];
  /** How many of the ResNet's maps lead into the decoder, from the coarsest on: 3 as published. */
  readonly skips: number;
  readonly classes: number;
}

/** What a patch of the transformer is in pixels. */
const STRIDE = 16;
/** LayerNorm's eps. */
const EPS = 1e-6;
/** Channels between transformer and decoder, whatever the widths of both. */
const NECK = 512;

/**
 * Class scores of images [b, 3, h, w] at their own size; grey ones are repeated to three channels. The
 * official network takes the size alone that it was built for: for others the table of positions is
 * resized as loading resizes it, and images are filled up with zeros to whole patches.
 */
export function transunet(p: Scope, images: Tensor, config: TransunetConfig): Scores {
  const [b, channels, h, w] = images.dims(4);
  const colours = channels === 1 ? expand(images, [b, 3, h, w]) : images;
  const padded = padToPatches(colours, STRIDE);
  const [, , height, width] = padded.dims(4);
  const grid = [height / STRIDE, width / STRIDE] as const;
  const transformer = p.at("transformer");
  const embeddings = transformer.at("embeddings");
  const { last, skips } = resnetV2(embeddings.at("hybrid_model"), padded, config);
  const tokens = transformer.tap("embed", embedded(embeddings, last, grid, config));
  const encoded = transformer.tap("encoded", encoder(transformer.at("encoder"), tokens, config));
  const used = skips.slice(0, config.skips);
  const x = decoder(p.at("decoder"), toMap(encoded, grid), used, config.decoder);
  return { map: scoreConv(p.at("segmentation_head").at(0), x, config.classes), height, width };
}

/** The ResNet's last map [b, channels, h, w] as tokens [b, h·w, dim] with their positions. */
function embedded(p: Scope, map: Tensor, [rows, columns]: Grid, config: TransunetConfig): Tensor {
  const { image, dim } = config;
  const [b] = map.dims(4);
  const patches = pointwise(p.at("patch_embeddings"), map, dim, true);
  const side = image / STRIDE;
  const table = p.param("position_embeddings", [1, side * side, dim], truncatedNormal(0.02));
  const tokens = swapLast(reshape(patches, [b, dim, rows * columns]));
  if (rows === side && columns === side) return dropout(p, add(tokens, table), config.dropout);
  const resized = resizeBilinear(toMap(table, [side, side]), rows, columns, true);
  const position = swapLast(reshape(resized, [1, dim, rows * columns]));
  return dropout(p, add(tokens, position), config.dropout);
}

/** Pre-norm transformer blocks on tokens [b, n, dim], and a norm behind the last. */
function encoder(p: Scope, x: Tensor, config: TransunetConfig): Tensor {
  for (let i = 0; i < config.layers; i++) {
    const scope = p.at("layer").at(i);
    x = add(x, attention(scope.at("attn"), layerNorm(scope.at("attention_norm"), x, EPS), config));
    x = add(x, mlp(scope.at("ffn"), layerNorm(scope.at("ffn_norm"), x, EPS), config));
    p.tap(`block${i}`, x);
  }
  return layerNorm(p.at("encoder_norm"), x, EPS);
}

/** Self-attention on tokens [b, n, dim]; its weights [b, heads, n, n] are tapped, and none dropped. */
function attention(p: Scope, x: Tensor, { dim, heads }: TransunetConfig): Tensor {
  const { y, weights } = attend(linear(p.at("qkv"), x, 3 * dim), heads, null);
  p.tap("weights", weights);
  return linear(p.at("out"), y, dim);
}

/** Two-layer perceptron on tokens [b, n, dim]. */
function mlp(p: Scope, x: Tensor, { dim, hidden, dropout: rate }: TransunetConfig): Tensor {
  const inside = dropout(p.at("fc1"), gelu(linear(p.at("fc1"), x, hidden)), rate);
  return dropout(p.at("fc2"), linear(p.at("fc2"), inside, dim), rate);
}

/**
 * The cascaded upsampler: a map [b, dim, h, w] to [b, channels, 16·h, 16·w] in four doublings, the
 * skipped maps behind the first of them.
 */
function decoder(
  p: Scope,
  map: Tensor,
  skips: readonly Tensor[],
  channels: TransunetConfig["decoder"],
): Tensor {
  let x = p.tap("conv_more", convBnRelu(p.at("conv_more"), map, NECK));
  for (const [i, out] of channels.entries()) {
    const [, , h, w] = x.dims(4);
    const doubled = resizeBilinear(x, 2 * h, 2 * w, true); // UpsamplingBilinear2d aligns corners
    const skip = skips[i];
    const scope = p.at("blocks").at(i);
    const first = convBnRelu(scope.at("conv1"), skip ? concat([doubled, skip], 1) : doubled, out);
    x = p.tap(`block${i}`, convBnRelu(scope.at("conv2"), first, out));
  }
  return x;
}

/** A 3×3 convolution of x [b, in, h, w] to [b, out, h, w] without a bias, batch norm and ReLU. */
function convBnRelu(p: Scope, x: Tensor, out: number): Tensor {
  const y = conv(p.at(0), x, { out, kernel: 3, padding: 1, bias: false });
  return relu(batchNorm(p.at(1), y));
}

/** What of a TransUNet can be looked at: the transformer's blocks, behind the ResNet's maps. */
export function transunetAnatomy({ heads, layers, units }: TransunetConfig): Anatomy {
  const path = "transformer.encoder.";
  const hybrid = "transformer.embeddings.hybrid_model.";
  const blocks = Array.from({ length: layers }, (_, i) => i);
  const place = { stride: STRIDE, part: "encoder" } as const;
  return {
    attention: blocks.map((i) => {
      const tap = `${path}layer.${i}.attn.weights`;
      return { ...place, name: `encoder.${i}`, tap, heads, reduction: 1, before: [], behind: 0 };
    }),
    features: blocks.map((i) => (
      { ...place, name: `encoder.${i}`, tap: `${path}block${i}`, before: 0 }
    )),
    encoder: {
      embedding: [`${hybrid}root.`],
      blocks: [
        ...units.flatMap((count, i) =>
          Array.from({ length: count }, (_, k) => [`${hybrid}body.block${i + 1}.unit${k + 1}.`])
        ),
        ...blocks.map((i) => [
          ...i === 0
            ? ["patch_embeddings.", "position_embeddings"].map((name) =>
              `transformer.embeddings.${name}`
            )
            : [],
          `${path}layer.${i}.`,
        ]),
      ],
      end: [`${path}encoder_norm.`],
    },
  };
}
