import { assert, assertEquals } from "@std/assert";
import { gradients } from "../../lib/graph/gradients.ts";
import { batchNorm, batchNormTraining } from "../../lib/graph/ops/batch_norm.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { type Conv2d, conv2d } from "../../lib/graph/ops/conv.ts";
import { div, gelu, mul, relu } from "../../lib/graph/ops/math.ts";
import { affine, matmul } from "../../lib/graph/ops/matmul.ts";
import { layerNorm, logSoftmax, softmax } from "../../lib/graph/ops/normalize.ts";
import { l2Norm } from "../../lib/graph/ops/reduce.ts";
import { resizeBilinear, resizeBilinearLast } from "../../lib/graph/ops/resize.ts";
import { pad, reshape, swapLast, transpose } from "../../lib/graph/ops/structure.ts";
import { constant, input, scalar, type Tensor } from "../../lib/graph/tensor.ts";
import type { PixelMean } from "../../lib/nn/losses.ts";
import { segmentationLoss } from "../../lib/nn/scores.ts";
import { assertOutput, type Golden, golden } from "../golden.ts";
import { runGraph } from "../run_graph.ts";

/** The file's inputs of an operation by name; `file` holds what is not a float, such as labels. */
type Build = (inputs: (name: string) => Tensor, file: Golden) => Tensor;

const file = await golden("ops");

type Resize = (x: Tensor, height: number, width: number) => Tensor;

/** Resizes to the size in the operation's name: bilinear_5x7_to_16x11. */
function resized(op: string, resize: Resize): Build {
  const [height, width] = op.split("_to_")[1]!.split("x").map(Number) as [number, number];
  return (x) => resize(x("x"), height, width);
}

/** The resizing of maps with channels last, on maps with channels first. */
const resizeLast: Resize = (x, height, width) => {
  const last = resizeBilinearLast(transpose(x, [0, 2, 3, 1]), height, width);
  return transpose(last, [0, 3, 1, 2]);
};

const alignCorners: Resize = (x, height, width) => resizeBilinear(x, height, width, true);

/** Convolution with a bias; what is left out is 1, and no padding. */
function convolution(options: Partial<Conv2d>): Build {
  const complete = { stride: 1, padding: 0, dilation: 1, groups: 1, ...options };
  return (x) => conv2d(x("x"), x("w"), x("b"), complete);
}

/**
 * Kernel [3, 1], stride [2, 1], padding [1, 0]: square options serve where each column of the image
 * is an image of its own, padded beforehand.
 */
const convolutionOfColumns: Build = (x) => {
  const [, channels, h, w] = x("x").dims(4);
  const columns = reshape(transpose(x("x"), [3, 0, 1, 2]), [w, channels, h, 1]);
  const padded = pad(columns, [0, 0, 1, 0], [w, channels, h + 2, 1]);
  const y = conv2d(padded, x("w"), x("b"), { stride: 2, padding: 0, dilation: 1, groups: 1 });
  return transpose(y, [3, 1, 2, 0]);
};

/** Cross entropy with the operation's labels; logits grow to their size. */
function entropy(op: string, mean?: PixelMean): Build {
  return (x) => {
    const { shape } = file.stored(`in/${op}/labels`);
    const labels = constant(file.labels(`in/${op}/labels`), shape);
    return segmentationLoss({ map: x("x"), height: shape[1]!, width: shape[2]! }, labels, mean);
  };
}

/** A function of the last axis on axis 1 of 4. */
function onAxis1(f: (x: Tensor) => Tensor): Build {
  return (x) => transpose(f(transpose(x("x"), [0, 2, 3, 1])), [0, 3, 1, 2]);
}

const attentionWeights = (q: Tensor, k: Tensor) =>
  softmax(mul(matmul(q, swapLast(k)), scalar(q.shape.at(-1)! ** -0.5)));

const builds: Readonly<Record<string, Build>> = {
  ...Object.fromEntries(
    [...new Set(file.names("out/").map((name) => name.split("/")[0]!))]
      .filter((op) => op.startsWith("bilinear"))
      .map((op) => [op, resized(op, op.includes("_ac_") ? alignCorners : resizeBilinear)]),
  ),
  ...Object.fromEntries(
    ["ce_mean_valid", "ce_large_logits", "ce_upsampled"].map((op) => [op, entropy(op)]),
  ),
  ce_mmseg_mean_all: entropy("ce_mmseg_mean_all", "all"),
  conv3x3_p1: convolution({ padding: 1 }),
  conv7x7_s4_p3: convolution({ stride: 4, padding: 3 }),
  conv3x3_s2_p1: convolution({ stride: 2, padding: 1 }),
  conv3x3_s2_p1_g2: convolution({ stride: 2, padding: 1, groups: 2 }),
  dwconv3x3_p1: convolution({ padding: 1, groups: 6 }),
  dwconv_mult2: convolution({ padding: 1, groups: 4 }),
  patch4: convolution({ stride: 4 }),
  patch4_floor: convolution({ stride: 4 }),
  conv1x1_nobias: (x) =>
    conv2d(x("x"), x("w"), null, { stride: 1, padding: 0, dilation: 1, groups: 1 }),
  conv3x3_dil2: convolution({ padding: 2, dilation: 2 }),
  conv3x1_s21: convolutionOfColumns,
  conv5x5_p2_big: convolution({ padding: 2 }),
  batchnorm_train: (x) => batchNormTraining(x("x"), x("w"), x("b"), 1e-5).y,
  batchnorm_eval: (x) => batchNorm(x("x"), x("w"), x("b"), x("rm"), x("rv"), 1e-5),
  relu: (x) => relu(x("x")),
  linear: (x) => affine(x("x"), x("w"), x("b")),
  layernorm_eps1em5: (x) => layerNorm(x("x"), x("w"), x("b"), 1e-5),
  layernorm_eps1em6: (x) => layerNorm(x("x"), x("w"), x("b"), 1e-6),
  gelu_erf: (x) => gelu(x("x")),
  softmax_last: (x) => softmax(x("x")),
  softmax_large: (x) => softmax(x("x")),
  softmax_dim1: onAxis1(softmax),
  log_softmax_dim1: onAxis1(logSoftmax),
  l2norm_last: (x) => div(x("x"), l2Norm(x("x"), [-1])),
  attention: (x) => matmul(attentionWeights(x("q"), x("k")), x("v")),
};

/** What the file holds and lib/graph has no operation for, or tests below look at. */
const others = /^(nearest|gelu_tanh)/;
const otherLosses = ["ce_weighted", "ce_all_ignored"];

Deno.test("every operation of the golden file is tested or named as one that we lack", () => {
  const all = new Set(file.names("out/").map((name) => name.split("/")[0]!));
  const expected = [...all].filter((op) => !others.test(op) && !otherLosses.includes(op));
  assertEquals(Object.keys(builds).sort(), expected.sort());
});

/** The operation's float inputs as tensors, and what they are fed. */
function inputsOf(op: string) {
  const names = file.names(`in/${op}/`).filter((name) => name !== "gy" && name !== "labels");
  const feeds = Object.fromEntries(names.map((name) => [name, file.tensor(`in/${op}/${name}`)]));
  const tensors = new Map(names.map((name) => [name, input(name, feeds[name]!.shape)]));
  return { names, feeds, tensor: (name: string) => tensors.get(name)! };
}

/** Values and gradients of one operation against the file's. */
async function compare(op: string, build: Build): Promise<void> {
  const { feeds, tensor } = inputsOf(op);
  const y = build(tensor, file);
  const loss = y.shape.length === 0 ? y : weighted(y, file.tensor(`in/${op}/gy`).data);
  const names = file.names(`g/${op}/`);
  const derived = gradients(loss, names.map(tensor));
  const results = await runGraph({
    y,
    ...Object.fromEntries(names.map((name, i) => [name + "/gradient", derived[i]!])),
  } as Record<string, Tensor>, feeds);
  assertOutput(results.y!, file.tensor(`out/${op}/y`), op);
  for (const name of names) {
    assertOutput(results[`${name}/gradient`]!, file.tensor(`g/${op}/${name}`), `${op} ${name}`);
  }
}

for (const [op, build] of Object.entries(builds)) {
  Deno.test(`torch's values and gradients come out when computing ${op}`, () => compare(op, build));
}

for (const op of Object.keys(builds).filter((op) => /^bilinear_\d/.test(op))) {
  Deno.test(`resizeBilinearLast() gives torch's values and gradients of ${op}`, async () => {
    await compare(op, resized(op, resizeLast));
  });
}

function weighted(y: Tensor, weights: Float32Array): Tensor {
  const product = mul(y, constant(weights, y.shape));
  return reshape(sum(product, [...y.shape.keys()]), []);
}

Deno.test("softmax() gives torch's attention weights when there are more keys", async () => {
  const { feeds, tensor } = inputsOf("attention");
  const weights = attentionWeights(tensor("q"), tensor("k"));
  const results = await runGraph({ weights }, { q: feeds.q!, k: feeds.k! });
  assertOutput(results.weights, file.tensor("out/attention/attn"));
});

Deno.test("crossEntropy() is 0 as in mmseg, not NaN, when every label is ignored", async () => {
  const { feeds, tensor } = inputsOf("ce_all_ignored");
  const loss = entropy("ce_all_ignored")(tensor, file);
  const [gradient] = gradients(loss, [tensor("x")]);
  const results = await runGraph({ loss, gradient: gradient! }, feeds);
  assert(Number.isNaN(file.tensor("out/ce_all_ignored/y_torch").data[0]));
  assertOutput(results.loss, file.tensor("out/ce_all_ignored/y_mmseg"));
  assertEquals(results.gradient.data.filter((x) => x !== 0), new Float32Array(0));
});
