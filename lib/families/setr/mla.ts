import { concat } from "../../graph/ops/concat.ts";
import { conv2d } from "../../graph/ops/conv.ts";
import { add, relu } from "../../graph/ops/math.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { batchNorm, conv } from "../../nn/convolution.ts";
import { uniformFanIn } from "../../nn/init.ts";
import { layerNorm } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import { pointwise, toMap } from "../encoders/token_map.ts";
import type { Grid } from "../encoders/vit.ts";

/** Channels of a level. */
const CHANNELS = 256;

/**
 * SETR-MLA, multi-level feature aggregation (section 3.2): the patches [b, rows · columns, dim] of four
 * blocks to as many levels [b, 256, rows, columns]. Each level gets the sum of those above it as well.
 */
export function mlaLevels(
  p: Scope,
  blocks: readonly Tensor[],
  grid: Grid,
  eps: number,
): readonly Tensor[] {
  const sides = blocks.map((patches, i) => {
    const normed = p.tap(`norm_${i}`, layerNorm(p.at(`norm_${i}`), patches, eps));
    const q = p.at("mla").at(`mla_p${i + 2}_1x1`);
    return relu(batchNorm(q.at(1), pointwise(q.at(0), toMap(normed, grid), CHANNELS, false)));
  });
  // From the last block down: p5, p5 + p4, and so on.
  const sums = [...sides];
  for (let i = sums.length - 2; i >= 0; i--) sums[i] = add(sums[i + 1]!, sides[i]!);
  return sums.map((x, i) => {
    const level = convNormRelu(p.at("mla").at(`mla_p${i + 2}`), x, CHANNELS, 0);
    return p.tap(`mla_p${i + 2}`, level);
  });
}

/**
 * Two 3×3 convolutions on each level, sides times 4, and a convolution of all together: to class
 * scores [b, classes, 4 · rows, 4 · columns].
 */
export function mlaHead(
  p: Scope,
  levels: readonly Tensor[],
  { levelChannels, classes }: { readonly levelChannels: number; readonly classes: number },
): Tensor {
  const branches = levels.map((level, i) => {
    const q = p.at("mlahead").at(`head${i + 2}`);
    const x = convNormRelu(q, convNormRelu(q, level, levelChannels, 0), levelChannels, 3);
    const [, , h, w] = x.dims(4);
    // The only interpolation of SETR's that aligns corners; the original hard-codes it.
    return resizeBilinear(x, 4 * h, 4 * w, true);
  });
  const joined = p.tap("mlahead", concat(branches, 1));
  return p.tap("lowres", classifier(p.at("cls"), joined, classes));
}

/** MLA's auxiliary head: a level [b, 256, rows, columns] to class scores [b, classes, rows, columns]. */
export function mlaAuxiliaryHead(p: Scope, level: Tensor, classes: number): Tensor {
  return p.tap("lowres", pointwise(p.at("aux"), level, classes, false));
}

/** Modules `first` and `first + 1` of a sequence: a 3×3 convolution and batch norm. */
function convNormRelu(p: Scope, x: Tensor, out: number, first: number): Tensor {
  const y = conv(p.at(first), x, { out, kernel: 3, padding: 1, bias: false });
  return relu(batchNorm(p.at(first + 1), y));
}

/** A 3×3 convolution that begins as torch's: He's weights would begin with large scores. */
function classifier(p: Scope, x: Tensor, classes: number): Tensor {
  const [, channels] = x.dims(4);
  const init = uniformFanIn(9 * channels);
  const weight = p.param("weight", [classes, channels, 3, 3], init);
  const bias = p.param("bias", [classes], init);
  return conv2d(x, weight, bias, { stride: 1, padding: 1, dilation: 1, groups: 1 });
}
