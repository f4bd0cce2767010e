import type { NDArray } from "../../array.ts";
import { permute, reshaped, transposed } from "../../checkpoints/layout.ts";
import { type NameMap, type NameRule, splitRows, stackRows } from "../../checkpoints/name_rules.ts";

/** How two generations of Google's JAX code name the same parts of a ViT. */
interface Flavour {
  readonly prefix: string;
  readonly position: string;
  readonly attention: string;
  readonly norms: readonly [string, string];
  readonly mlp: string;
}

const VISION_TRANSFORMER: Flavour = {
  prefix: "",
  position: "Transformer/posembed_input/pos_embedding",
  attention: "MultiHeadDotProductAttention_1",
  norms: ["LayerNorm_0", "LayerNorm_2"],
  mlp: "MlpBlock_3",
};

const BIG_VISION: Flavour = {
  prefix: "params/",
  position: "pos_embedding",
  attention: "MultiHeadDotProductAttention_0",
  norms: ["LayerNorm_0", "LayerNorm_1"],
  mlp: "MlpBlock_0",
};

/**
 * ViTs of the AugReg paper (Steiner et al. 2021) as .npz files of vision_transformer. `heads` shapes
 * the attention's kernels on the way back; the way here reads it from them.
 */
export function augregVit(heads: number): NameMap {
  return jaxVit(VISION_TRANSFORMER, heads);
}

/** ViTs as .npz files of big_vision; `heads` as in `augregVit`. */
export function bigVisionVit(heads: number): NameMap {
  return jaxVit(BIG_VISION, heads);
}

function jaxVit({ prefix, position, attention, norms, mlp }: Flavour, heads: number): NameMap {
  const block = `${prefix}Transformer/encoderblock_{i}/`;
  return {
    rules: [
      plain(`${prefix}cls`, "cls_token"),
      plain(`${prefix}${position}`, "pos_embed"),
      convolution(`${prefix}embedding/kernel`, "patch_embed.proj.weight"),
      plain(`${prefix}embedding/bias`, "patch_embed.proj.bias"),
      ...norm(`${block}${norms[0]}`, "blocks.{i}.norm1"),
      ...queryKeyValue(`${block}${attention}`, heads),
      projection(`${block}${attention}/out/kernel`, heads),
      plain(`${block}${attention}/out/bias`, "blocks.{i}.attn.proj.bias"),
      ...norm(`${block}${norms[1]}`, "blocks.{i}.norm2"),
      ...dense(`${block}${mlp}/Dense_0`, "blocks.{i}.mlp.fc1"),
      ...dense(`${block}${mlp}/Dense_1`, "blocks.{i}.mlp.fc2"),
      ...norm(`${prefix}Transformer/encoder_norm`, "norm"),
      ...dense(`${prefix}head`, "head"),
    ],
    unused: ["kernel", "bias"].map((name) => `${prefix}pre_logits/${name}`),
  };
}

function plain(published: string, seglab: string): NameRule {
  return { published: [published], seglab: [seglab] };
}

function norm(published: string, seglab: string): NameRule[] {
  return [
    plain(`${published}/scale`, `${seglab}.weight`),
    plain(`${published}/bias`, `${seglab}.bias`),
  ];
}

/** JAX's dense kernels are [in, out], torch's weights [out, in]. */
function dense(published: string, seglab: string): NameRule[] {
  const swapped = ([kernel]: readonly NDArray[]) => [transposed(kernel!)];
  return [
    {
      published: [`${published}/kernel`],
      seglab: [`${seglab}.weight`],
      toSeglab: swapped,
      toPublished: swapped,
    },
    plain(`${published}/bias`, `${seglab}.bias`),
  ];
}

/** JAX's convolution kernels are [h, w, in, out], torch's weights [out, in, h, w]. */
function convolution(published: string, seglab: string): NameRule {
  return {
    published: [published],
    seglab: [seglab],
    toSeglab: ([kernel]) => [permute(kernel!, [3, 2, 0, 1])],
    toPublished: ([weight]) => [permute(weight!, [2, 3, 1, 0])],
  };
}

/** Kernels [dim, heads, dim / heads] and biases [heads, dim / heads] of q, k and v as one matrix. */
function queryKeyValue(published: string, heads: number): NameRule[] {
  const parts = ["query", "key", "value"];
  return [{
    published: parts.map((part) => `${published}/${part}/kernel`),
    seglab: ["blocks.{i}.attn.qkv.weight"],
    toSeglab: (kernels) => [
      stackRows(kernels.map((kernel) => {
        const [dim, heads, width] = kernel.shape as [number, number, number];
        return transposed(reshaped(kernel, [dim, heads * width]));
      })),
    ],
    toPublished: ([weight]) =>
      splitRows(weight!, [1, 1, 1]).map((matrix) => {
        const [dim] = matrix.shape as [number, number];
        return reshaped(transposed(matrix), [dim, heads, dim / heads]);
      }),
  }, {
    published: parts.map((part) => `${published}/${part}/bias`),
    seglab: ["blocks.{i}.attn.qkv.bias"],
    toSeglab: (biases) => [
      stackRows(biases.map((bias) => reshaped(bias, [bias.data.length]))),
    ],
    toPublished: ([bias]) =>
      splitRows(bias!, [1, 1, 1]).map((part) => reshaped(part, [heads, part.data.length / heads])),
  }];
}

/** The attention's output kernel [heads, dim / heads, dim] as [dim, dim]. */
function projection(published: string, heads: number): NameRule {
  return {
    published: [published],
    seglab: ["blocks.{i}.attn.proj.weight"],
    toSeglab: ([kernel]) => {
      const [heads, width, dim] = kernel!.shape as [number, number, number];
      return [transposed(reshaped(kernel!, [heads * width, dim]))];
    },
    toPublished: ([weight]) => {
      const [dim] = weight!.shape as [number, number];
      return [reshaped(transposed(weight!), [heads, dim / heads, dim])];
    },
  };
}
