import { type NameMap, same } from "../../checkpoints/name_rules.ts";
import { add, relu } from "../../graph/ops/math.ts";
import { maxPool } from "../../graph/ops/pool.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { batchNorm, conv, type ConvConfig } from "../../nn/convolution.ts";
import type { Scope } from "../../nn/scope.ts";
import type { EncoderParts, FeatureLayer } from "../anatomy.ts";
import type { Encoder } from "../family.ts";

/** A segmentation network on a ResNet. */
export interface ResnetConfig {
  /** Layers of the ResNet: 18 is made of basic blocks, the others of bottlenecks. */
  readonly depth: 18 | 50 | 101;
  readonly classes: number;
}

/** Residual blocks in each of the four stages (He et al. 2016, table 1). */
const blockCounts = { 18: [2, 2, 2, 2], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3] } as const;

/** How each stage moves: where the image shall not shrink further, kernels are dilated instead. */
const moves = {
  8: [[1, 1], [2, 1], [1, 2], [1, 4]],
  16: [[1, 1], [2, 1], [2, 1], [1, 2]],
  32: [[1, 1], [2, 1], [2, 1], [2, 1]],
} as const;

/**
 * ResNet (He et al. 2016) as torchvision has it, under its parameter names and without the `fc` of
 * ImageNet: stem of one 7×7 convolution (mmseg's V1c has three 3×3), a bottleneck's stride in its
 * 3×3 convolution ("v1.5"). Images [b, 3, h, w] to the maps of the four stages: strides 4, 8, 16
 * and 32, channels 64 to 512 or 256 to 2048; with an output stride of 8 the strides are 4, 8, 8, 8.
 */
export function resnet(
  p: Scope,
  images: Tensor,
  depth: ResnetConfig["depth"],
  outputStride: keyof typeof moves,
): [Tensor, Tensor, Tensor, Tensor] {
  const stem = relu(normalized(p, 1, images, { out: 64, kernel: 7, stride: 2, padding: 3 }));
  const residual = depth === 18 ? basic : bottleneck;
  const maps: Tensor[] = [];
  let x = maxPool(stem, { kernel: 3, stride: 2, padding: 1 });
  let before = 1; // the dilation of the stage before, which a stage's first block keeps
  for (const [i, [stride, dilation]] of moves[outputStride].entries()) {
    const [layer, width] = [p.at(`layer${i + 1}`), 64 << i];
    x = block(layer.at(0), x, residual, { width, stride, dilation: before });
    for (let k = 1; k < blockCounts[depth][i]!; k++) {
      x = block(layer.at(k), x, residual, { width, stride: 1, dilation });
    }
    maps.push(p.tap(`layer${i + 1}`, x));
    before = dilation;
  }
  return maps as [Tensor, Tensor, Tensor, Tensor];
}

/** The maps of a ResNet's stages below `path` ("backbone."). */
export function resnetFeatures(path: string, outputStride: keyof typeof moves): FeatureLayer[] {
  return [1, 2, 3, 4].map((i) => {
    const name = `layer${i}`;
    const stride = Math.min(2 << i, outputStride);
    return { name, part: "encoder", tap: path + name, stride, before: null };
  });
}

/** Where the parameters of a ResNet below `path` ("backbone.") are. */
export function resnetParts(path: string, depth: ResnetConfig["depth"]): EncoderParts {
  const blocks = blockCounts[depth].flatMap((count, i) =>
    Array.from({ length: count }, (_, k) => [`${path}layer${i + 1}.${k}.`])
  );
  return { embedding: [`${path}conv1.`, `${path}bn1.`], blocks, end: [] };
}

interface BlockShape {
  readonly width: number;
  readonly stride: number;
  readonly dilation: number;
}

type Residual = (p: Scope, x: Tensor, shape: BlockShape) => Tensor;

/** A residual branch beside the identity, or a 1×1 convolution where the shape changes. */
function block(p: Scope, x: Tensor, residual: Residual, shape: BlockShape): Tensor {
  const y = residual(p, x, shape);
  if (x.shape.join() === y.shape.join()) return relu(add(x, y));
  const down = p.at("downsample");
  const config = { out: y.dims(4)[1], kernel: 1, stride: shape.stride, bias: false };
  return relu(add(batchNorm(down.at(1), conv(down.at(0), x, config)), y));
}

/** Two 3×3 convolutions; a dilation is the first one's, as in mmseg (torchvision has none here). */
function basic(p: Scope, x: Tensor, { width, stride, dilation }: BlockShape): Tensor {
  const first = { out: width, kernel: 3, stride, dilation, padding: dilation };
  const y = relu(normalized(p, 1, x, first));
  return normalized(p, 2, y, { out: width, kernel: 3, padding: 1 });
}

/** 1×1 to a quarter of the channels, 3×3, and 1×1 back. */
function bottleneck(p: Scope, x: Tensor, { width, stride, dilation }: BlockShape): Tensor {
  const narrow = relu(normalized(p, 1, x, { out: width, kernel: 1 }));
  const spatial = { out: width, kernel: 3, stride, dilation, padding: dilation };
  const y = relu(normalized(p, 2, narrow, spatial));
  return normalized(p, 3, y, { out: 4 * width, kernel: 1 });
}

/** Convolution `conv<i>` without a bias and batch norm `bn<i>`. */
function normalized(p: Scope, i: number, x: Tensor, config: Omit<ConvConfig, "bias">): Tensor {
  return batchNorm(p.at(`bn${i}`), conv(p.at(`conv${i}`), x, { ...config, bias: false }));
}

/** torchvision's names of a ResNet without its head, below a path that ends with a dot. */
export function resnetNames(path: string): string[] {
  return [
    ...["conv1.weight", "bn1.{bn}"],
    ...["layer{s}.{i}.conv{j}.weight", "layer{s}.{i}.bn{j}.{bn}"],
    ...["layer{s}.{i}.downsample.0.weight", "layer{s}.{i}.downsample.1.{bn}"],
  ].map((name) => path + name);
}

/** torchvision's ResNet: Seglab's own names for a ResNet. */
export const torchvisionResnet: NameMap = {
  rules: resnetNames("").map(same),
  unused: ["fc.{p}"],
};

/** ResNets, trained on ImageNet. */
export const resnets: Encoder = {
  title: "a ResNet",
  checkpoints: [{
    title: "torchvision ResNet",
    names: torchvisionResnet,
    signs: ["conv1.weight", "layer1.{i}.conv1.weight"],
  }],
};
