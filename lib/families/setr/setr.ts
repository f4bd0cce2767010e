import { reshape, slice, swapLast } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import { resnet } from "../encoders/resnet.ts";
import {
  embedTokens,
  extraTokens,
  type Grid,
  padToPatches,
  patchEmbed,
  vitBlocks,
  type VitConfig,
} from "../encoders/vit.ts";
import {
  mlaAuxiliaryHead,
  mlaHead,
  mlaLevels,
  naiveHead,
  pupAuxiliaryHead,
  pupHead,
} from "./heads.ts";

/** SETR (Zheng et al. 2021): a ViT encoder and one of three convolutional heads. */
export interface SetrConfig {
  readonly head: "naive" | "pup" | "mla";
  readonly encoder: VitConfig;
  /** What cuts images into patches: a linear layer, or a ResNet-50 below it (the paper's Hybrid). */
  readonly embedding: "patches" | "resnet50";
  /** The blocks, from 0, that the head reads: one for Naive and PUP, four for MLA. */
  readonly layers: readonly number[];
  /** The blocks that auxiliary heads read, in their order; MLA's read the levels of these blocks. */
  readonly auxiliary: readonly number[];
  /** Channels of each level in MLA's head, 128 as published; without a meaning for other heads. */
  readonly levelChannels: number;
  readonly classes: number;
}

/** LayerNorm's eps everywhere in the official code. */
export const SETR_EPS = 1e-6;

/** The class scores of the main head and of the auxiliary ones, each on a grid of its own. */
interface Maps {
  readonly main: Tensor;
  readonly auxiliary: readonly Tensor[];
}

/** Class scores of images [b, 3, h, w] of any size, padded to whole patches. */
export function setr(p: Scope, images: Tensor, config: SetrConfig): Scores {
  checkBlocks(config);
  const padded = padToPatches(images, config.encoder.patch);
  const [, , height, width] = padded.dims(4);
  const { main, auxiliary } = config.head === "mla"
    ? aggregated(p, padded, config)
    : upsampled(p, padded, config);
  const scores = (map: Tensor): Scores => ({ map, height, width });
  // Without training they are declared all the same: a model's weights are one set of names.
  return p.training ? { ...scores(main), auxiliary: auxiliary.map(scores) } : scores(main);
}

/** Raises an error where a head reads a block that it cannot have. */
function checkBlocks({ head, encoder, layers, auxiliary }: SetrConfig): void {
  const count = head === "mla" ? 4 : 1;
  if (layers.length !== count) {
    throw new RangeError(
      `Cannot build SETR's ${head} head: ${count} blocks of the encoder needed, got [${layers}]`,
    );
  }
  const missing = [...layers, ...auxiliary].find((i) =>
    !Number.isInteger(i) || i < 0 || i >= encoder.layers
  );
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot read block ${missing}: one of 0 to ${encoder.layers - 1} needed`,
    );
  }
  const other = head === "mla" ? auxiliary.find((i) => !layers.includes(i)) : undefined;
  if (other !== undefined) {
    throw new RangeError(
      `Cannot put an auxiliary head on block ${other}: one of [${layers}] needed with MLA`,
    );
  }
}

/** Naive and PUP: a head on the patches of one block each. */
function upsampled(p: Scope, images: Tensor, config: SetrConfig): Maps {
  const { encoder, classes, layers, auxiliary } = config;
  const [main, aside] = config.head === "naive"
    ? [naiveHead, naiveHead]
    : [pupHead, pupAuxiliaryHead];
  const grid = gridOf(images, encoder);
  const outputs = vitBlocks(p.at("backbone"), tokensOf(p.at("backbone"), images, config), encoder);
  const patches = (i: number) => withoutExtra(outputs[i]!, encoder);
  const use = { eps: encoder.eps, classes };
  return {
    main: main(p.at("decode_head"), patches(layers[0]!), grid, use),
    auxiliary: auxiliary.map((i, k) => aside(p.at("auxiliary_head").at(k), patches(i), grid, use)),
  };
}

/** MLA: one head on four blocks. The encoder does without the class token. */
function aggregated(p: Scope, images: Tensor, config: SetrConfig): Maps {
  const { encoder, classes, layers, auxiliary } = config;
  const backbone = p.at("backbone");
  const patches = withoutExtra(tokensOf(backbone, images, config), encoder);
  const outputs = vitBlocks(backbone, patches, encoder);
  const blocks = layers.map((i) => outputs[i]!);
  const levels = mlaLevels(backbone, blocks, gridOf(images, encoder), encoder.eps);
  return {
    main: mlaHead(p.at("decode_head"), levels, config),
    auxiliary: auxiliary.map((i, k) =>
      mlaAuxiliaryHead(p.at("auxiliary_head").at(k), levels[layers.indexOf(i)]!, classes)
    ),
  };
}

/** Class token, patches and their position embeddings [b, extra + n, dim]. */
function tokensOf(p: Scope, images: Tensor, { encoder, embedding }: SetrConfig): Tensor {
  return embedTokens(p, images, embedding === "patches" ? patchEmbed : hybridEmbed, encoder);
}

function gridOf(images: Tensor, { patch }: VitConfig): Grid {
  const [, , h, w] = images.dims(4);
  return [h / patch, w / patch];
}

function withoutExtra(tokens: Tensor, encoder: VitConfig): Tensor {
  const [b, n, dim] = tokens.dims(3);
  const extra = extraTokens(encoder);
  return slice(tokens, [0, extra, 0], [b, n - extra, dim]);
}

/** Sides of the ResNet's output are the image's by this. */
const STRIDE = 16;

/**
 * The patches of SETR's Hybrid (section 4.1): a ResNet-50 of output stride 16 takes the place of the
 * pixels. Images [b, 3, h, w], sides multiples of 16, to [b, (h/16)·(w/16), dim], each position's 2048
 * features through a linear layer, under the official `HybridEmbed`'s names. It is torchvision's
 * ResNet with batch norm; AugReg's R50+ViT has another one, with group norm and three stages.
 */
export function hybridEmbed(
  p: Scope,
  images: Tensor,
  { patch, dim }: Pick<VitConfig, "patch" | "dim">,
): Tensor {
  const [b, , h, w] = images.dims(4);
  if (patch !== STRIDE || h % STRIDE > 0 || w % STRIDE > 0) {
    throw new RangeError(
      `Cannot embed images by a ResNet-50: patches of ${STRIDE} pixels and sides in multiples of ` +
        `them needed, got patches of ${patch} and ${images}`,
    );
  }
  const features = resnet(p.at("backbone"), images, 50, STRIDE)[3];
  const channels = reshape(features, [b, features.shape[1]!, h * w / STRIDE ** 2]);
  return linear(p.at("proj"), swapLast(channels), dim);
}
