import { expand } from "../../graph/ops/broadcast.ts";
import { add } from "../../graph/ops/math.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import { reshape, slice } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { conv } from "../../nn/convolution.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import { classified, convBnRelu } from "../resnet_baselines.ts";
import { resnet, type ResnetConfig } from "../encoders/resnet.ts";

/**
 * Semantic FPN (Kirillov et al. 2019, figure 3), with batch norm for the paper's group norm as in
 * mmseg: the levels of a feature pyramid on a ResNet, each brought to a quarter of the sides of
 * images [b, 3, h, w], their sum, and class scores of it.
 */
export function semanticFpn(p: Scope, images: Tensor, { depth, classes }: ResnetConfig): Scores {
  const [, , height, width] = images.dims(4);
  const levels = pyramid(p.at("neck"), resnet(p.at("backbone"), images, depth, 32));
  const [, , rows, columns] = levels[0]!.dims(4);
  const head = p.at("decode_head");
  const branches = levels.map((level, i) =>
    resizeBilinear(branch(head.at("scale_heads").at(i), level, i), rows, columns)
  );
  return { map: classified(head, branches.reduce(add), classes), height, width };
}

/** Feature pyramid (Lin et al. 2017): the stages' maps, finest first, to maps of 256 channels. */
function pyramid(p: Scope, maps: readonly Tensor[]): Tensor[] {
  const laterals = maps.map((map, i) =>
    conv(p.at("lateral_convs").at(i).at("conv"), map, { out: 256, kernel: 1, bias: true })
  );
  for (let i = laterals.length - 1; i > 0; i--) {
    laterals[i - 1] = add(laterals[i - 1]!, doubled(laterals[i]!, laterals[i - 1]!));
  }
  return laterals.map((level, i) => {
    const config = { out: 256, kernel: 3, padding: 1, bias: true };
    return conv(p.at("fpn_convs").at(i).at("conv"), level, config);
  });
}

/** Every pixel of x twice along both axes, cut to the sides of `like`: nearest interpolation. */
function doubled(x: Tensor, like: Tensor): Tensor {
  const [b, c, h, w] = x.dims(4);
  const [, , rows, columns] = like.dims(4);
  const repeated = expand(reshape(x, [b, c, h, 1, w, 1]), [b, c, h, 2, w, 2]);
  return slice(reshape(repeated, [b, c, 2 * h, 2 * w]), [0, 0, 0, 0], [b, c, rows, columns]);
}

/** 3×3 convolutions to 128 channels with a bilinear ×2 after each; one without it at level 0. */
function branch(p: Scope, x: Tensor, level: number): Tensor {
  const local = { out: 128, kernel: 3, padding: 1 };
  if (level === 0) return convBnRelu(p.at(0), x, local);
  for (let i = 0; i < level; i++) {
    const y = convBnRelu(p.at(2 * i), x, local); // the interpolations have the odd indices
    const [, , h, w] = y.dims(4);
    x = resizeBilinear(y, 2 * h, 2 * w);
  }
  return x;
}
