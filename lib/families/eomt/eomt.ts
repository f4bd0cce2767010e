import { expand } from "../../graph/ops/broadcast.ts";
import { concat } from "../../graph/ops/concat.ts";
import { float, gelu, lessThan, mul, sub } from "../../graph/ops/math.ts";
import { affine } from "../../graph/ops/matmul.ts";
import { layerNorm } from "../../graph/ops/normalize.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import { pad, reshape, slice } from "../../graph/ops/structure.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";
import { normal, ones, uniformFanIn, zeros } from "../../nn/init.ts";
import type { Scope } from "../../nn/scope.ts";
import {
  dinoBlock,
  type DinoConfig,
  dinoEmbed,
  dinoPrefix,
  dinoRates,
  dinoRope,
} from "../encoders/dino.ts";
import type { Task } from "../family.ts";
import { padToPatches } from "../encoders/vit.ts";
import { upscale, upscaledProducts, type UpscaleWeights, upscaleWeights } from "./upscale.ts";

/** EoMT (Kerssies et al. 2025): a plain ViT whose last blocks take queries beside the patches. */
export interface EomtConfig {
  readonly encoder: DinoConfig;
  /** The last blocks, through which queries go with the other tokens. */
  readonly blocks: number;
  readonly queries: number;
  readonly classes: number;
  /** What a query stands for: a class of the image, a thing, or a thing or a class of stuff. */
  readonly task: Task;
  /** The most objects of a crop that are learned from; further ones are left out. */
  readonly objects: number;
  /** At how many points masks are compared in training. */
  readonly points: number;
}

/** What the queries say behind some block. */
export interface Prediction {
  /** Logits of each class, and of none at the end [b, queries, classes + 1]. */
  readonly classes: Tensor;
  /** Logits of each query's mask [b, queries, rows, columns]. */
  readonly masks: Tensor;
}

/** The answer to images: one prediction before each of the last blocks where they are masked, then the last one. */
export interface EomtAnswer {
  readonly predictions: readonly Prediction[];
  /** Rows and columns of pixels that the masks cover. */
  readonly height: number;
  readonly width: number;
}

/**
 * Which queries of block `i` (0 for the first that has queries) see only the patches of their own mask, as
 * numbers that broadcast to [b, queries, 1] (1 for those); null where none of them does.
 */
export type Held = (i: number) => Tensor | null;

/** No query is held to its mask: how the published networks end, and infer. */
export const FREE: Held = () => null;

/** Every query is held to its mask: how training begins. */
export const ALL: Held = () => scalar(1);

/** What the queries say of images [b, 3, h, w], padded to whole patches. */
export function eomt(p: Scope, images: Tensor, config: EomtConfig, held: Held): EomtAnswer {
  const { encoder, blocks, queries } = config;
  const padded = padToPatches(images, encoder.patch);
  const [b, , height, width] = padded.dims(4);
  const backbone = p.at("encoder").at("backbone");
  const before = encoder.layers - blocks;
  const rates = dinoRates(encoder);
  let x = dinoEmbed(backbone, padded, encoder);
  const rope = dinoRope(padded, encoder, dinoPrefix(encoder));
  for (let i = 0; i < before; i++) x = dinoBlock(backbone, i, x, encoder, rates[i]!, { rope });

  const heads = predictionWeights(p, config);
  const grid = [height / encoder.patch, width / encoder.patch] as const;
  const query = p.at("q").param("weight", [queries, encoder.dim], normal(1));
  x = concat([expand(reshape(query, [1, queries, encoder.dim]), [b, queries, encoder.dim]), x], 1);
  const predictions: Prediction[] = [];
  const ropeOfAll = dinoRope(padded, encoder, queries + dinoPrefix(encoder));
  let closed: Tensor | null = null; // stays in force where a later block sets no other, as in transformers
  for (let i = 0; i < blocks; i++) {
    const which = held(i);
    if (which) {
      const prediction = predict(x, heads, config, grid);
      predictions.push(prediction);
      p.tap(`before${i}.classes`, prediction.classes);
      p.tap(`before${i}.masks`, prediction.masks);
      closed = p.tap(`before${i}.closed`, closedTo(prediction.masks, grid, which, x.shape[1]!));
    }
    const at = before + i;
    x = dinoBlock(backbone, at, x, encoder, rates[at]!, { rope: ropeOfAll, closed });
  }
  const last = predict(x, heads, config, grid);
  p.tap("normed", normed(x, heads));
  p.tap("classes", last.classes);
  p.tap("masks", last.masks);
  return { predictions: [...predictions, last], height, width };
}

type Layer = readonly [weight: Tensor, bias: Tensor];

/** The weights of what is read from tokens, which is read several times. */
interface PredictionWeights {
  readonly eps: number;
  readonly norm: Layer;
  readonly classHead: Layer;
  readonly maskHead: readonly [Layer, Layer, Layer];
  readonly upscale: readonly UpscaleWeights[];
}

function predictionWeights(p: Scope, { encoder, classes }: EomtConfig): PredictionWeights {
  const { dim, patch, eps } = encoder;
  const norm = p.at("encoder").at("backbone").at("norm");
  const dense = (layer: Scope, out: number): Layer => [
    layer.param("weight", [out, dim], uniformFanIn(dim)),
    layer.param("bias", [out], uniformFanIn(dim)),
  ];
  const mask = (i: number) => dense(p.at("mask_head").at(i), dim);
  const steps = Math.max(1, Math.log2(patch) - 2);
  return {
    eps,
    norm: [norm.param("weight", [dim], ones), norm.param("bias", [dim], zeros)],
    classHead: dense(p.at("class_head"), classes + 1),
    maskHead: [mask(0), mask(2), mask(4)],
    upscale: Array.from({ length: steps }, (_, i) => upscaleWeights(p.at("upscale").at(i), dim)),
  };
}

function normed(x: Tensor, { norm: [weight, bias], eps }: PredictionWeights): Tensor {
  return layerNorm(x, weight, bias, eps);
}

/** What the queries among tokens [b, queries + 1 + registers + n, dim] say. */
function predict(
  tokens: Tensor,
  weights: PredictionWeights,
  { encoder, queries }: EomtConfig,
  grid: readonly [number, number],
): Prediction {
  const x = normed(tokens, weights);
  const [b, n, dim] = x.dims(3);
  const prefix = queries + dinoPrefix(encoder);
  const query = slice(x, [0, 0, 0], [b, queries, dim]);
  const patches = reshape(slice(x, [0, prefix, 0], [b, n - prefix, dim]), [b, ...grid, dim]);
  const [first, second, third] = weights.maskHead;
  const hidden = gelu(affine(gelu(affine(query, ...first)), ...second));
  const fine = weights.upscale.slice(0, -1).reduce(upscale, patches);
  return {
    classes: affine(query, ...weights.classHead),
    masks: upscaledProducts(affine(hidden, ...third), fine, weights.upscale.at(-1)!),
  };
}

/** Added to the scores of what a query may not see. */
const CLOSED = -1e9;

/**
 * What queries that are held to their masks may not see, [b, 1, queries, n] of n tokens: the patches, last of all,
 * where the mask's logit is not above 0.
 */
function closedTo(
  masks: Tensor,
  [rows, columns]: readonly [number, number],
  held: Tensor,
  n: number,
): Tensor {
  const [b, queries] = masks.dims(4);
  const cells = rows * columns;
  const logits = reshape(resizeBilinear(masks, rows, columns), [b, queries, cells]);
  const outside = sub(scalar(1), float(lessThan(scalar(0), logits)));
  const closed = mul(mul(outside, held), scalar(CLOSED));
  return reshape(pad(closed, [0, 0, n - cells], [b, queries, n]), [b, 1, queries, n]);
}
