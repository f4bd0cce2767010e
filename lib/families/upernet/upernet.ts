import { concat } from "../../graph/ops/concat.ts";
import { add } from "../../graph/ops/math.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { adaptiveMeanPool } from "../../nn/pooling.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import { classified, convBnRelu } from "../resnet_baselines.ts";
import { swin, type SwinConfig } from "../encoders/swin.ts";

/** UPerNet (Xiao et al. 2018) on a Swin Transformer of four stages. */
export interface UpernetConfig {
  readonly encoder: SwinConfig;
  /** Channels inside the head: 512 as published. */
  readonly channels: number;
  /** The auxiliary head on the third stage: its channels, 256 as published, and 3×3 convolutions. */
  readonly auxiliary: { readonly channels: number; readonly convolutions: number };
  /** The probability of dropping a whole channel before a classifier: 0.1 as published. */
  readonly dropout: number;
  readonly classes: number;
}

/** Sides of the grids that the pyramid of pooled maps has (PSPNet's). */
const POOLS = [1, 2, 3, 6] as const;

/** Class scores at a quarter of the sides of images [b, 3, h, w] of any size. */
export function upernet(p: Scope, images: Tensor, config: UpernetConfig): Scores {
  const [b, , height, width] = images.dims(4);
  const head = p.at("decode_head");
  if (head.training && b < 2) {
    throw new RangeError(
      `Cannot train UPerNet on ${images}: a batch of 2 images or more needed, since its batch norm ` +
        `sees one value of each image, got 1; choose a larger batch and accumulate less`,
    );
  }
  const maps = swin(p.at("backbone"), images, config.encoder);
  const fused = decoded(head, maps, config.channels);
  const map = head.tap("masks", classified(head, fused, config.classes, config.dropout));
  // Without training it is declared all the same: a model's weights are one set of names.
  const aside = auxiliary(p.at("auxiliary_head"), maps[2]!, config);
  const scores = { map, height, width };
  return p.training ? { ...scores, auxiliary: [{ map: aside, height, width }] } : scores;
}

/** The maps [b, dim, h, w] of four stages, finest first, as one of `channels` on the finest grid. */
function decoded(p: Scope, maps: readonly Tensor[], channels: number): Tensor {
  const levels = [
    ...maps.slice(0, -1).map((map, i) =>
      convBnRelu(p.at("lateral_convs").at(i), map, { out: channels, kernel: 1 })
    ),
    p.tap("psp", pooledPyramid(p, maps.at(-1)!, channels)),
  ];
  // From the coarsest down: each level gets the sum of those above it as well.
  for (let i = levels.length - 2; i >= 0; i--) {
    levels[i] = add(levels[i]!, resized(levels[i + 1]!, levels[i]!));
  }
  const smoothed = levels.map((level, i) => {
    if (i === levels.length - 1) return level;
    const y = convBnRelu(p.at("fpn_convs").at(i), level, { out: channels, kernel: 3, padding: 1 });
    return p.tap(`fpn${i}`, y);
  });
  const stacked = concat(smoothed.map((level) => resized(level, smoothed[0]!)), 1);
  const config = { out: channels, kernel: 3, padding: 1 };
  return p.tap("fpn", convBnRelu(p.at("fpn_bottleneck"), stacked, config));
}

/** The coarsest map [b, dim, h, w] beside its means on four grids, mixed to [b, channels, h, w]. */
function pooledPyramid(p: Scope, map: Tensor, channels: number): Tensor {
  const pooled = POOLS.map((side, i) => {
    const cells = adaptiveMeanPool(map, side, side);
    const scope = p.at("psp_modules").at(i).at(1); // the pooling is the module 0
    return resized(p.tap(`psp${i}`, convBnRelu(scope, cells, { out: channels, kernel: 1 })), map);
  });
  const config = { out: channels, kernel: 3, padding: 1 };
  return convBnRelu(p.at("bottleneck"), concat([map, ...pooled], 1), config);
}

/** FCN's head on the third stage's map [b, dim, h, w], to its class scores [b, classes, h, w]. */
function auxiliary(p: Scope, map: Tensor, { auxiliary, dropout, classes }: UpernetConfig): Tensor {
  let x = map;
  for (let i = 0; i < auxiliary.convolutions; i++) {
    const config = { out: auxiliary.channels, kernel: 3, padding: 1 };
    x = convBnRelu(p.at("convs").at(i), x, config);
  }
  return p.tap("masks", classified(p, x, classes, dropout));
}

/** A map on the grid of another. */
function resized(map: Tensor, like: Tensor): Tensor {
  const [, , h, w] = like.dims(4);
  return resizeBilinear(map, h, w);
}
