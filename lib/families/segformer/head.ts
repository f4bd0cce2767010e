import { concat, split } from "../../graph/ops/concat.ts";
import { add, mul, relu } from "../../graph/ops/math.ts";
import { affine, matmul } from "../../graph/ops/matmul.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import { reshape, transpose } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { batchNorm, conv } from "../../nn/convolution.ts";
import { normal, truncatedNormal, zeros } from "../../nn/init.ts";
import type { Scope } from "../../nn/scope.ts";

/** What the head needs to know besides the maps. */
export interface HeadConfig {
  /** Channels of the fused map: 256 in B0 and B1, 768 in the others. */
  readonly decoderDim: number;
  /** The probability of dropping a whole channel before the classifier: 0.1 as published. */
  readonly dropout: number;
  readonly classes: number;
}

/** The head from maps [b, dim, h, w], finest first, to scores [b, classes, h, w] on the finest grid. */
export type Head = (p: Scope, maps: readonly Tensor[], config: HeadConfig) => Tensor;

/**
 * The all-MLP head as published (section 3.2): each map to `decoderDim` channels, all resized to the
 * finest grid, side by side, coarsest first, and mixed. Multiply-adds are counted of this form.
 */
export const allMlpHead: Head = (p, maps, config) => {
  const { b, h, w, dim, fuse, linears } = declared(p, maps, config);
  const resized = maps.map((map, i) => {
    const [, channels, rows, columns] = map.dims(4);
    const tokens = transpose(reshape(map, [b, channels, rows * columns]), [0, 2, 1]);
    const projected = transpose(affine(tokens, linears[i]!.weight, linears[i]!.bias), [0, 2, 1]);
    return resizeBilinear(reshape(projected, [b, dim, rows, columns]), h, w);
  });
  const stacked = reshape(concat(resized.reverse(), 1), [b, maps.length * dim, h * w]);
  return classified(p, reshape(matmul(fuse, stacked), [b, dim, h, w]), config);
};

/**
 * The same values with half of the multiply-adds. All is linear up to the batch norm, and mixing
 * channels commutes with resizing: each map meets the product of its two weights at its own
 * resolution, and what is resized is added.
 */
export const foldedAllMlpHead: Head = (p, maps, config) => {
  const { b, h, w, dim, fuse, linears } = declared(p, maps, config);
  const slices = split(fuse, 1, maps.map(() => dim)).toReversed();
  const biases = concat(linears.map(({ bias }) => bias).reverse(), 0);
  // Resizing leaves constants as they are: the sum of the biases is added to the smallest map.
  const bias = matmul(fuse, reshape(biases, [biases.shape[0]!, 1])); // [dim, 1]
  const resized = maps.map((map, i) => {
    const [, channels, rows, columns] = map.dims(4);
    const weight = matmul(slices[i]!, linears[i]!.weight); // [dim, channels]
    const mixed = matmul(weight, reshape(map, [b, channels, rows * columns]));
    const y = i === maps.length - 1 ? add(mixed, bias) : mixed;
    return resizeBilinear(reshape(y, [b, dim, rows, columns]), h, w);
  });
  return classified(p, resized.reduce(add), config);
};

/** The weights before the batch norm, under the official names. */
function declared(p: Scope, maps: readonly Tensor[], { decoderDim: dim }: HeadConfig) {
  const [b, , h, w] = maps[0]!.dims(4);
  const linears = maps.map((map, i) => {
    const scope = p.at(`linear_c${i + 1}`).at("proj");
    const weight = scope.param("weight", [dim, map.shape[1]!], truncatedNormal(0.02));
    return { weight, bias: scope.param("bias", [dim], zeros) };
  });
  const stacked = maps.length * dim;
  const fuse = p.at("linear_fuse").at("conv")
    .param("weight", [dim, stacked, 1, 1], normal(Math.sqrt(2 / dim)));
  return { b, h, w, dim, linears, fuse: reshape(fuse, [dim, stacked]) };
}

/** Batch norm, ReLU, dropout of whole channels and the classifier on a fused map [b, dim, h, w]. */
function classified(p: Scope, fused: Tensor, { dropout, classes }: HeadConfig): Tensor {
  const [b, dim] = fused.dims(4);
  let x = relu(p.tap("normed", batchNorm(p.at("linear_fuse").at("bn"), fused)));
  if (p.training && dropout > 0) x = mul(x, p.mask("dropout", [b, dim, 1, 1], 1 - dropout));
  return p.tap("masks", conv(p.at("linear_pred"), x, { out: classes, kernel: 1, bias: true }));
}
