import { concat } from "../../graph/ops/concat.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import { resnet, type ResnetConfig } from "../encoders/resnet.ts";
import { auxiliary, classified, convBnRelu, quarter } from "../resnet_baselines.ts";

/**
 * FCN (Long et al. 2015) in the dilated form that the papers compare with, mmseg's FCN-D8: images
 * [b, 3, h, w] through a ResNet of output stride 8, two 3×3 convolutions, a third over their result
 * beside the ResNet's, and class scores at an eighth of the sides. While training an auxiliary head
 * reads the third stage.
 */
export function fcn(p: Scope, images: Tensor, { depth, classes }: ResnetConfig): Scores {
  const [, , height, width] = images.dims(4);
  const [, , third, last] = resnet(p.at("backbone"), images, depth, 8);
  const head = p.at("decode_head");
  const local = { out: quarter(last), kernel: 3, padding: 1 };
  const first = convBnRelu(head.at("convs").at(0), last, local);
  const second = convBnRelu(head.at("convs").at(1), first, local);
  const both = convBnRelu(head.at("conv_cat"), concat([last, second], 1), local);
  const map = classified(head, both, classes);
  return { map, height, width, auxiliary: auxiliary(p, third, { height, width, classes }) };
}
