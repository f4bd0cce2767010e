import { conv2d } from "../graph/ops/conv.ts";
import { mul, relu } from "../graph/ops/math.ts";
import type { Tensor } from "../graph/tensor.ts";
import { batchNorm, conv, type ConvConfig } from "../nn/convolution.ts";
import { normal, zeros } from "../nn/init.ts";
import { pixelModel } from "../nn/model.ts";
import type { Scope } from "../nn/scope.ts";
import type { Scores } from "../nn/scores.ts";
import { type ResnetConfig, resnetFeatures, resnetParts, resnets } from "./encoders/resnet.ts";
import { type Family, namedVariants } from "./family.ts";

/** A baseline on a ResNet of some depth. */
export interface BaselineVariant {
  readonly depth: ResnetConfig["depth"];
  /** Parameters with ADE20K's 150 classes, without the auxiliary head that only training has. */
  readonly parameters: number;
}

/**
 * The family of a network that the papers compare with, on torchvision's ResNets: its variants have the
 * coarsest stride `patch` in pixels. The papers count mmseg's deeper stem (19,232 parameters more) and
 * the auxiliary head. No recipe, protocol or checkpoint of whole networks is known to Seglab.
 */
export function baseline(
  name: string,
  patch: 8 | 16 | 32,
  table: Readonly<Record<string, BaselineVariant>>,
  network: (p: Scope, images: Tensor, config: ResnetConfig) => Scores,
): Family<ResnetConfig> {
  return {
    name,
    model: (config) => pixelModel((p, images) => network(p, images, config)),
    smallestSide: () => 4, // the stem's stride
    variants: namedVariants(
      table,
      { patch, image: 512, normalization: "deit" } as const,
      ({ depth }, { classes }) => ({ depth, classes }),
    ),
    backbone: { encoder: resnets, path: "backbone." },
    checkpoints: [],
    classBias: () => "decode_head.conv_seg.bias",
    anatomy: ({ depth }) => ({
      attention: [],
      features: resnetFeatures("backbone.", patch),
      encoder: resnetParts("backbone.", depth),
    }),
    presets: {},
  };
}

/** The probability of dropping a whole channel before a classifier. */
const DROPOUT = 0.1;

/**
 * The auxiliary head that dilated networks have while they train: one 3×3 convolution of the third
 * stage's map [b, channels, h, w] to a quarter of the channels, and its class scores.
 */
export function auxiliary(
  p: Scope,
  third: Tensor,
  { height, width, classes }: { height: number; width: number; classes: number },
): Scores[] {
  if (!p.training) return [];
  const head = p.at("auxiliary_head");
  const local = { out: quarter(third), kernel: 3, padding: 1 };
  const map = classified(head, convBnRelu(head.at("convs").at(0), third, local), classes);
  return [{ map, height, width }];
}

/** The width of a head on a map: 512 on bottlenecks' last stage, 128 on ResNet-18's as in mmseg. */
export function quarter(map: Tensor): number {
  return map.dims(4)[1] / 4;
}

/** Convolution `conv` without a bias, batch norm `bn` and ReLU: x [b, in, h, w] to [b, out, …]. */
export function convBnRelu(p: Scope, x: Tensor, config: Omit<ConvConfig, "bias">): Tensor {
  return relu(batchNorm(p.at("bn"), conv(p.at("conv"), x, { ...config, bias: false })));
}

/**
 * Class scores [b, classes, h, w] of x [b, channels, h, w]: a head's last convolution, 1×1, behind a
 * dropout of whole channels.
 */
export function classified(p: Scope, x: Tensor, classes: number, dropout = DROPOUT): Tensor {
  const [b, channels] = x.dims(4);
  const drops = p.training && dropout > 0;
  const kept = drops ? mul(x, p.mask("dropout", [b, channels, 1, 1], 1 - dropout)) : x;
  const weight = p.at("conv_seg").param("weight", [classes, channels, 1, 1], normal(0.01));
  const bias = p.at("conv_seg").param("bias", [classes], zeros);
  return conv2d(kept, weight, bias, { stride: 1, padding: 0, dilation: 1, groups: 1 });
}
