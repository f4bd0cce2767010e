import { add, relu } from "../../graph/ops/math.ts";
import { conv2d } from "../../graph/ops/conv.ts";
import { maxPool } from "../../graph/ops/pool.ts";
import { pad, reshape } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { groupNorm, normedRows } from "../../nn/group_norm.ts";
import { normal } from "../../nn/init.ts";
import type { Scope } from "../../nn/scope.ts";

/** Big Transfer's ResNet below a ViT (Kolesnikov et al. 2020): a root and three stages. */
export interface ResnetV2Config {
  /** Channels of the root, 64 as published; the stages have 4, 8 and 16 times as many. */
  readonly width: number;
  /** Residual units of each stage: 3, 4, 9. */
  readonly units: readonly [number, number, number];
}

/** What a hybrid takes of it. */
export interface ResnetV2Maps {
  /** The last stage's map [b, 16 · width, h/16, w/16]. */
  readonly last: Tensor;
  /** The maps before it, coarsest first, at 1/8, 1/4 and 1/2 of the sides. */
  readonly skips: readonly [Tensor, Tensor, Tensor];
}

const GROUPS = 32;
const EPS = 1e-6;

/** Images [b, 3, h, w], sides multiples of 16. */
export function resnetV2(p: Scope, images: Tensor, { width, units }: ResnetV2Config): ResnetV2Maps {
  const [, , height, side] = images.dims(4);
  const root = p.at("root");
  const shape = { out: width, kernel: 7, stride: 2 };
  const normed = groupNorm(
    root.at("gn"),
    standardConv(root.at("conv"), images, shape),
    GROUPS,
    EPS,
  );
  const first = p.tap("root", relu(normed));
  // Without padding, and so a row and a column short.
  let x = maxPool(first, { kernel: 3, stride: 2, padding: 0 });
  const skips = [first];
  for (const [i, count] of units.entries()) {
    const block = p.at("body").at(`block${i + 1}`);
    for (let k = 0; k < count; k++) {
      const stride = i > 0 && k === 0 ? 2 : 1;
      x = unit(block.at(`unit${k + 1}`), x, { width: width << i, stride });
    }
    p.tap(`block${i + 1}`, x);
    if (i < 2) skips.unshift(filledUp(x, height / (4 << i), side / (4 << i)));
  }
  for (const [i, map] of skips.entries()) p.tap(`skip${i}`, map);
  return { last: x, skips: skips as [Tensor, Tensor, Tensor] };
}

/** A map with zeros below and to the right, up to h rows and w columns. */
function filledUp(map: Tensor, h: number, w: number): Tensor {
  const [b, c] = map.dims(4);
  return pad(map, [0, 0, 0, 0], [b, c, h, w]);
}

/**
 * A bottleneck to four times its width, its stride in the 3×3 convolution. The official code calls it
 * pre-activated, and activates behind the norms and behind the sum.
 */
function unit(p: Scope, x: Tensor, { width, stride }: { width: number; stride: number }): Tensor {
  const [, channels] = x.dims(4);
  const out = 4 * width;
  const normed = (i: number, x: Tensor, shape: StandardConv) =>
    groupNorm(p.at(`gn${i}`), standardConv(p.at(`conv${i}`), x, shape), GROUPS, EPS);
  const narrow = relu(normed(1, x, { out: width, kernel: 1, stride: 1 }));
  const seen = relu(normed(2, narrow, { out: width, kernel: 3, stride }));
  const y = normed(3, seen, { out, kernel: 1, stride: 1 });
  const same = stride === 1 && channels === out;
  return relu(add(same ? x : projected(p, x, out, stride), y));
}

/** The identity where the shape changes: its norm has a group for each channel, and torch's own eps. */
function projected(p: Scope, x: Tensor, out: number, stride: number): Tensor {
  const y = standardConv(p.at("downsample"), x, { out, kernel: 1, stride });
  return groupNorm(p.at("gn_proj"), y, out, 1e-5);
}

interface StandardConv {
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
}

/** A convolution whose weights are standardised for each channel that comes out (Qiao et al. 2019). */
function standardConv(p: Scope, x: Tensor, { out, kernel, stride }: StandardConv): Tensor {
  const [, channels] = x.dims(4);
  const shape = [out, channels, kernel, kernel];
  const weight = p.param("weight", shape, normal(Math.sqrt(2 / (kernel * kernel * out))));
  const rows = reshape(weight, [out, channels * kernel * kernel]);
  const standard = reshape(normedRows(rows, 1e-5), shape);
  const padding = Math.floor(kernel / 2);
  return conv2d(x, standard, null, { stride, padding, dilation: 1, groups: 1 });
}
