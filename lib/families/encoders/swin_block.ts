import { attendBiased } from "../../graph/ops/attention.ts";
import { expand } from "../../graph/ops/broadcast.ts";
import { concat } from "../../graph/ops/concat.ts";
import { add, equal, float, gelu, mul, sub } from "../../graph/ops/math.ts";
import { pick } from "../../graph/ops/sort.ts";
import { pad, reshape, slice, swapLast, transpose } from "../../graph/ops/structure.ts";
import { constant, scalar, type Tensor } from "../../graph/tensor.ts";
import { truncatedNormal } from "../../nn/init.ts";
import { dropPath, layerNorm, linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";

/** LayerNorm's eps everywhere in Swin. */
export const SWIN_EPS = 1e-5;

/** How a block cuts a map into windows. */
export interface Windowing {
  /** Side of a window in cells. */
  readonly side: number;
  /** By how many cells the map is rolled to the top left before it is cut; 0 for none. */
  readonly shift: number;
}

/** What a block needs to know besides its map. */
export interface SwinBlockConfig extends Windowing {
  readonly heads: number;
  /** The probability of skipping each residual branch for an image. */
  readonly dropPath: number;
}

/**
 * Swin's block on a map with channels last [b, h, w, dim] (Liu et al. 2021, equation 3): attention
 * within windows, then a perceptron, each behind its norm and beside the identity.
 */
export function swinBlock(p: Scope, x: Tensor, config: SwinBlockConfig): Tensor {
  const attended = windowAttention(p.at("attn"), layerNorm(p.at("norm1"), x, SWIN_EPS), config);
  x = add(x, dropPath(p.at("attn"), attended, config.dropPath));
  const dim = x.shape.at(-1)!;
  const mlp = p.at("mlp");
  const hidden = gelu(linear(mlp.at("fc1"), layerNorm(p.at("norm2"), x, SWIN_EPS), 4 * dim));
  return add(x, dropPath(mlp, linear(mlp.at("fc2"), hidden, dim), config.dropPath));
}

/**
 * Self-attention within windows of a normed map [b, h, w, dim]. It is filled up with zeros to whole
 * windows below and to the right; without a shift these cells are keys like others, as in the
 * original. The weights [b · windows, heads, side², side²] are tapped.
 */
function windowAttention(p: Scope, x: Tensor, { heads, side, shift }: SwinBlockConfig): Tensor {
  const [b, h, w, dim] = x.dims(4);
  const [height, width] = [Math.ceil(h / side) * side, Math.ceil(w / side) * side];
  const padded = pad(x, [0, 0, 0, 0], [b, height, width, dim]);
  const windows = partition(rolled(padded, shift, shift), side);
  const near = relativeBias(p, side, heads);
  const bias = shift === 0 ? near : add(near, p.tap("mask", shiftMask(height, width, side, shift)));
  const { y, weights } = attendBiased(linear(p.at("qkv"), windows, 3 * dim), heads, bias);
  p.tap("windows", weights);
  const joined = joinedWindows(linear(p.at("proj"), y, dim), [b, height, width, dim], side);
  const back = shift === 0 ? joined : rolled(joined, height - shift, width - shift);
  return slice(back, [0, 0, 0, 0], [b, h, w, dim]);
}

/** A map [b, h, w, dim] whose first rows and columns stand behind the others. */
function rolled(x: Tensor, rows: number, columns: number): Tensor {
  const [b, h, w, dim] = x.dims(4);
  if (rows === 0 && columns === 0) return x;
  const down = concat([
    slice(x, [0, rows, 0, 0], [b, h - rows, w, dim]),
    slice(x, [0, 0, 0, 0], [b, rows, w, dim]),
  ], 1);
  return concat([
    slice(down, [0, 0, columns, 0], [b, h, w - columns, dim]),
    slice(down, [0, 0, 0, 0], [b, h, columns, dim]),
  ], 2);
}

/** A map [b, h, w, dim] as the windows of each image [b · windows, side², dim]. */
function partition(x: Tensor, side: number): Tensor {
  const [b, h, w, dim] = x.dims(4);
  const cells = reshape(x, [b * h / side, side, w / side, side * dim]);
  return reshape(transpose(cells, [0, 2, 1, 3]), [b * h * w / side ** 2, side ** 2, dim]);
}

/** The inverse of `partition`: windows as a map of a shape. */
function joinedWindows(
  windows: Tensor,
  [b, h, w, dim]: readonly [number, number, number, number],
  side: number,
): Tensor {
  const cells = reshape(windows, [b * h / side, w / side, side, side * dim]);
  return reshape(transpose(cells, [0, 2, 1, 3]), [b, h, w, dim]);
}

/** What a pair of cells gets by their places in the window: [1, heads, side², side²]. */
function relativeBias(p: Scope, side: number, heads: number): Tensor {
  const name = "relative_position_bias_table";
  const table = p.param(name, [(2 * side - 1) ** 2, heads], truncatedNormal(0.02));
  const pairs = side ** 4;
  const rows = constant(BigInt64Array.from(relativePositions(side), BigInt), [1, pairs]);
  const values = pick(swapLast(table), expand(rows, [heads, pairs]));
  return reshape(values, [1, heads, side ** 2, side ** 2]);
}

/**
 * The rows of the table of biases for all pairs of a window's cells, those of a query one after the
 * other: a query's place less the key's, moved to begin at 0, rows of cells before columns.
 */
export function relativePositions(side: number): number[] {
  const cells = side ** 2;
  return Array.from({ length: cells ** 2 }, (_, pair) => {
    const [query, key] = [Math.floor(pair / cells), pair % cells];
    const dy = Math.floor(query / side) - Math.floor(key / side);
    const dx = query % side - key % side;
    return (dy + side - 1) * (2 * side - 1) + dx + side - 1;
  });
}

/** What keeps cells apart that rolling made neighbours: softmax has no weight left for them. */
const APART = 100;

/**
 * Added to scores in the windows of a rolled map, [windows, 1, side², side²]: -100 where query and key
 * are of different ones of its nine regions, which the last whole windows and the shift cut.
 */
function shiftMask(height: number, width: number, side: number, shift: number): Tensor {
  const band = (i: number, length: number) => i < length - side ? 0 : i < length - shift ? 1 : 2;
  const regions = Array.from(
    { length: height * width },
    (_, i) => 3 * band(Math.floor(i / width), height) + band(i % width, width),
  );
  const windows = partition(constant(regions, [1, height, width, 1]), side); // [windows, side², 1]
  const [count, cells] = windows.dims(3);
  const together = float(equal(windows, reshape(windows, [count, 1, cells])));
  return reshape(mul(sub(together, scalar(1)), scalar(APART)), [count, 1, cells, cells]);
}
