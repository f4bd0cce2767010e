import { expand } from "../../graph/ops/broadcast.ts";
import { concat } from "../../graph/ops/concat.ts";
import { mean } from "../../graph/ops/reduce.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import { auxiliary, classified, convBnRelu, quarter } from "../resnet_baselines.ts";
import { resnet, type ResnetConfig } from "../encoders/resnet.ts";

/** Dilations of the pyramid's 3×3 convolutions at output stride 8 (Chen et al. 2017, table 6). */
const RATES = [12, 24, 36];

/**
 * DeepLabv3+ (Chen et al. 2018) on a ResNet of output stride 8, in mmseg's form: images
 * [b, 3, h, w] through a pyramid of dilated convolutions, refined beside the first stage's map at a
 * quarter of the sides. mmseg's heads are twice as wide as the paper's 256 channels and mix the
 * pyramid by a 3×3 convolution. While training an auxiliary head reads the third stage.
 */
export function deeplabv3plus(p: Scope, images: Tensor, { depth, classes }: ResnetConfig): Scores {
  const [, , height, width] = images.dims(4);
  const [first, , third, last] = resnet(p.at("backbone"), images, depth, 8);
  const out = quarter(last);
  const head = p.at("decode_head");
  const pooled = pyramidPooling(head, last, out);
  const context = convBnRelu(head.at("bottleneck"), pooled, { out, kernel: 3, padding: 1 });

  const [, channels, rows, columns] = first.dims(4);
  const low = { out: channels * 3 / 16, kernel: 1 }; // 48 of 256 as published, 12 of ResNet-18's 64
  const detail = convBnRelu(head.at("c1_bottleneck"), first, low);
  let x = concat([resizeBilinear(context, rows, columns), detail], 1);
  for (const i of [0, 1]) x = separable(head.at("sep_bottleneck").at(i), x, out, 1);
  const map = classified(head, x, classes);
  return { map, height, width, auxiliary: auxiliary(p, third, { height, width, classes }) };
}

/**
 * Atrous spatial pyramid pooling of x [b, in, h, w]: the mean of the image, a 1×1 and three dilated
 * separable convolutions side by side, [b, 5 · out, h, w].
 */
function pyramidPooling(p: Scope, x: Tensor, out: number): Tensor {
  const [b, , h, w] = x.dims(4);
  if (p.training && b === 1) {
    throw new RangeError(
      "Cannot train DeepLabv3+: batches of at least 2 images needed, since its image pooling " +
        "branch normalises one value per image, got 1",
    );
  }
  const image = convBnRelu(p.at("image_pool").at(1), mean(x, [2, 3]), { out, kernel: 1 });
  const modules = p.at("aspp_modules");
  const pixel = convBnRelu(modules.at(0), x, { out, kernel: 1 });
  const dilated = RATES.map((rate, i) => separable(modules.at(i + 1), x, out, rate));
  return concat([expand(image, [b, out, h, w]), pixel, ...dilated], 1);
}

/** A 3×3 convolution in two, each with batch norm and ReLU: per channel, then 1×1 across them. */
function separable(p: Scope, x: Tensor, out: number, dilation: number): Tensor {
  const [, channels] = x.dims(4);
  const spatial = { out: channels, kernel: 3, padding: dilation, dilation, groups: channels };
  return convBnRelu(p.at("pointwise_conv"), convBnRelu(p.at("depthwise_conv"), x, spatial), {
    out,
    kernel: 1,
  });
}
