import { assert, assertEquals } from "@std/assert";
import { gradients } from "../../lib/graph/gradients.ts";
import { batchNorm, batchNormTraining } from "../../lib/graph/ops/batch_norm.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { conv2d } from "../../lib/graph/ops/conv.ts";
import { div, gelu, mul, relu } from "../../lib/graph/ops/math.ts";
import { affine, matmul } from "../../lib/graph/ops/matmul.ts";
import { layerNorm, logSoftmax, softmax } from "../../lib/graph/ops/normalize.ts";
import { l2Norm } from "../../lib/graph/ops/reduce.ts";
import { resizeBilinear, resizeBilinearLast } from "../../lib/graph/ops/resize.ts";
import { pad, reshape, swapLast, transpose } from "../../lib/graph/ops/structure.ts";
import { constant, input, scalar, type Tensor } from "../../lib/graph/tensor.ts";
import { type PixelMean, PLAIN_LOSS } from "../../lib/nn/losses/options.ts";
import { segmentationLoss } from "../../lib/nn/scores.ts";
import { assertOutput, golden, goldenTest } from "../golden.ts";
import { runGraph } from "../run_graph.ts";

/** An operation's inputs by the file's names, and how it computes its result of them. */
type Inputs = (name: string) => Tensor;
type Build = (inputs: Inputs) => Tensor;

const file = await golden("ops");
const operations = file.cases((file) => file.heads("out/"));

type Resize = (x: Tensor, height: number, width: number) => Tensor;

/** Resizes to the size of the operation's result. */
function resized(op: string, resize: Resize): Build {
  const [, , height, width] = file.stored(`out/${op}/y`).shape as [number, number, number, number];
  return (x) => resize(x("x"), height, width);
}

/** The resizing of maps with channels last, on maps with channels first. */
const resizeLast: Resize = (x, height, width) => {
  const last = resizeBilinearLast(transpose(x, [0, 2, 3, 1]), height, width);
  return transpose(last, [0, 3, 1, 2]);
};

const alignCorners: Resize = (x, height, width) => resizeBilinear(x, height, width, true);

/** How a kernel moves along one axis. */
interface Steps {
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/**
 * The steps that an operation's name tells (conv3x3_s2_p1: stride 2, padding 1; s21: 2 down, 1 across;
 * patch4: stride 4); padding that it does not tell is what
 * gives the result's sides: none for patches, or half the kernel, or the least.
 */
function stepsOf(op: string): readonly [down: Steps, across: Steps] {
  const sides = (name: string) => file.stored(name).shape.slice(2) as [number, number];
  const [x, w, y] = [sides(`in/${op}/x`), sides(`in/${op}/w`), sides(`out/${op}/y`)];
  const told = (pattern: RegExp) => op.match(pattern)?.slice(1).filter(Boolean).map(Number) ?? [];
  const strides = told(/_s(\d)(\d)?/);
  const dilation = told(/_dil(\d+)/)[0] ?? 1;
  return [0, 1].map((axis) => {
    const stride = strides[axis] ?? strides[0] ?? told(/patch(\d+)/)[0] ?? 1;
    const extent = dilation * (w[axis]! - 1) + 1;
    const fits = (padding: number) =>
      Math.floor((x[axis]! + 2 * padding - extent) / stride) + 1 === y[axis];
    const usual = extent === stride ? 0 : Math.floor((extent - 1) / 2);
    const padding = [...told(/_p(\d+)/), usual, ...Array(extent).keys()].find(fits);
    assert(padding !== undefined, `no padding gives the sides of ${op}`);
    return { stride, padding, dilation };
  }) as [Steps, Steps];
}

/** Convolution with as many groups as its shapes tell, and a bias where there is one. */
function convolution(op: string): Build {
  const [down, across] = stepsOf(op);
  const groups = file.stored(`in/${op}/x`).shape[1]! / file.stored(`in/${op}/w`).shape[1]!;
  const bias = file.tensors.has(`in/${op}/b`);
  return (x) => {
    const options = { dilation: down.dilation, groups };
    const convolved = (x0: Tensor, steps: Pick<Steps, "stride" | "padding">) =>
      conv2d(x0, x("w"), bias ? x("b") : null, { ...options, ...steps });
    if (down.stride === across.stride && down.padding === across.padding) {
      return convolved(x("x"), down);
    }
    const [b, channels, h, w] = x("x").dims(4);
    const padded = [b, channels, h + 2 * down.padding, w + 2 * across.padding];
    const dense = convolved(pad(x("x"), [0, 0, down.padding, across.padding], padded), {
      stride: 1,
      padding: 0,
    });
    const rows = every(dense.shape[2]!, down.stride);
    return matmul(matmul(rows, dense), swapLast(every(dense.shape[3]!, across.stride)));
  };
}

/** A matrix [⌈n / step⌉, n] that picks every step-th row, the first to begin with. */
function every(n: number, step: number): Tensor {
  const count = Math.ceil(n / step);
  const data = Float32Array.from(
    { length: count * n },
    (_, i) => i % n === Math.floor(i / n) * step ? 1 : 0,
  );
  return constant(data, [count, n]);
}

/** Cross entropy with the operation's labels; logits grow to their size. */
function entropy(op: string, mean: PixelMean = "labelled"): Build {
  return (x) => {
    const { shape } = file.stored(`in/${op}/labels`);
    const labels = constant(file.labels(`in/${op}/labels`), shape);
    const scores = { map: x("x"), height: shape[1]!, width: shape[2]! };
    return segmentationLoss(scores, labels, { ...PLAIN_LOSS, mean });
  };
}

/** A function of the last axis on the axis that the name tells (softmax_dim1), or on the last. */
function onAxis(op: string, f: (x: Tensor) => Tensor): Build {
  const told = op.match(/_dim(\d)/)?.[1];
  return (x) => {
    const last = x("x").shape.length - 1;
    const axes = x("x").shape.map((_, axis) => axis);
    const axis = told ? Number(told) : last;
    [axes[axis], axes[last]] = [last, axis];
    return transpose(f(transpose(x("x"), axes)), axes);
  };
}

const attentionWeights = (q: Tensor, k: Tensor) =>
  softmax(mul(matmul(q, swapLast(k)), scalar(q.shape.at(-1)! ** -0.5)));

/** What computes an operation, by how its name begins; the first that fits. */
const builds: readonly (readonly [RegExp, (op: string) => Build])[] = [
  [/^bilinear_ac_/, (op) => resized(op, alignCorners)],
  [/^bilinear_/, (op) => resized(op, resizeBilinear)],
  [/^(conv|dwconv|patch)/, convolution],
  [/^ce_mmseg/, (op) => entropy(op, "all")],
  [/^ce_/, (op) => entropy(op)],
  [/^batchnorm_train/, () => (x) => batchNormTraining(x("x"), x("w"), x("b"), 1e-5).y],
  [/^batchnorm_eval/, () => (x) => batchNorm(x("x"), x("w"), x("b"), x("rm"), x("rv"), 1e-5)],
  [/^layernorm_/, (op) => {
    const eps = Number(op.match(/_eps(\w+)$/)![1]!.replace("m", "-")); // eps1em5 is 1e-5
    return (x) => layerNorm(x("x"), x("w"), x("b"), eps);
  }],
  [/^relu/, () => (x) => relu(x("x"))],
  [/^gelu_erf/, () => (x) => gelu(x("x"))],
  [/^linear/, () => (x) => affine(x("x"), x("w"), x("b"))],
  [/^softmax_/, (op) => onAxis(op, softmax)],
  [/^log_softmax_/, (op) => onAxis(op, logSoftmax)],
  [/^l2norm_last/, () => (x) => div(x("x"), l2Norm(x("x"), [-1]))],
  [/^attention/, () => (x) => matmul(attentionWeights(x("q"), x("k")), x("v"))],
];

/** What lib/graph has no operation for, and what a test of its own looks at. */
const lacking = /^(nearest|gelu_tanh|ce_weighted)/;
const special = /^ce_all_ignored/;

function buildOf(op: string): ((op: string) => Build) | undefined {
  if (lacking.test(op) || special.test(op)) return undefined;
  return builds.find(([begins]) => begins.test(op))?.[1];
}

goldenTest(
  "every operation of the golden file is tested or named as one that we lack",
  file,
  () => {
    const unknown = operations.filter(({ name, lacking }) => !lacking && !buildOf(name))
      .map(({ name }) => name)
      .filter((op) => !lacking.test(op) && !special.test(op));
    assertEquals(unknown, []);
  },
);

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
  const y = build(tensor);
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

for (const operation of operations) {
  const { name: op } = operation;
  const build = buildOf(op);
  if (!build) continue;
  goldenTest(`torch's values and gradients come out when computing ${op}`, operation, async () => {
    await compare(op, build(op));
  });
}

for (const operation of operations.filter(({ name }) => /^bilinear_\d/.test(name))) {
  const { name: op } = operation;
  goldenTest(
    `resizeBilinearLast() gives torch's values and gradients of ${op}`,
    operation,
    async () => {
      await compare(op, resized(op, resizeLast));
    },
  );
}

function weighted(y: Tensor, weights: Float32Array): Tensor {
  const product = mul(y, constant(weights, y.shape));
  return reshape(sum(product, [...y.shape.keys()]), []);
}

const weightsOfAttention = file.part("out/attention/attn");

goldenTest("softmax() gives torch's attention weights", weightsOfAttention, async () => {
  const { feeds, tensor } = inputsOf("attention");
  const weights = attentionWeights(tensor("q"), tensor("k"));
  const results = await runGraph({ weights }, { q: feeds.q!, k: feeds.k! });
  assertOutput(results.weights, file.tensor("out/attention/attn"));
});

const allIgnored = file.part("out/ce_all_ignored/");

goldenTest(
  "crossEntropy() is 0 as in mmseg, not NaN, when every label is ignored",
  allIgnored,
  async () => {
    const { feeds, tensor } = inputsOf("ce_all_ignored");
    const loss = entropy("ce_all_ignored")(tensor);
    const [gradient] = gradients(loss, [tensor("x")]);
    const results = await runGraph({ loss, gradient: gradient! }, feeds);
    assert(Number.isNaN(file.tensor("out/ce_all_ignored/y_torch").data[0]));
    assertOutput(results.loss, file.tensor("out/ce_all_ignored/y_mmseg"));
    assertEquals(results.gradient.data.every((x) => x === 0), true);
  },
);
