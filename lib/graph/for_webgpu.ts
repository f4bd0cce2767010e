import { concat, split } from "./ops/concat.ts";
import { type Conv2d, conv2d } from "./ops/conv.ts";
import { add } from "./ops/math.ts";
import { matmul } from "./ops/matmul.ts";
import type { Pool } from "./ops/pool.ts";
import { resizedByProducts } from "./ops/resize.ts";
import { reshape } from "./ops/structure.ts";
import { maxPoolGradient, Taps } from "./taps.ts";
import { applyAll, type Node, nodesOf, type Shape, type Tensor } from "./tensor.ts";

/**
 * The same values by operations that ONNX Runtime's WebGPU kernels compute right: 1.30 interpolates the last
 * two axes of a Resize whichever it is asked to, and takes the wrong weights of a grouped Conv that is not
 * depthwise and of a grouped ConvTranspose, all without a word (tests/device/webgpu_test.ts finds it). Its Split has no more
 * outputs than a device has buffers. What it has no kernel for is an error that names it.
 */
export function forWebGpu<Name extends string>(
  outputs: Readonly<Record<Name, Tensor>>,
): Readonly<Record<Name, Tensor>> {
  const known = new Map<Tensor, Tensor>();
  const now = (tensor: Tensor) => known.get(tensor) ?? tensor;
  const all = Object.entries<Tensor>(outputs);
  for (const node of nodesOf(all.map(([, tensor]) => tensor))) {
    const inputs = node.inputs.map(now);
    for (const [i, y] of replaced(node, inputs, now).entries()) known.set(node.outputs[i]!, y);
  }
  const result = all.map(([name, tensor]) => [name, now(tensor)] as const);
  requireKernels(result.map(([, tensor]) => tensor));
  return Object.fromEntries(result) as Record<Name, Tensor>;
}

function requireKernels(outputs: readonly Tensor[]): void {
  if (!nodesOf(outputs).some(({ rule }) => rule.name === "maxIndices")) return;
  throw new RangeError(
    "Cannot compile for webgpu: a gradient of max pooling needed that is not differentiated again, got one " +
      "that asks for the places of maxima, which ONNX Runtime has no kernel for; compute it on cpu",
  );
}

/** The operation that places of maxima come from, through a change of shape; null where there is none. */
function poolingOf({ origin }: Tensor): Node | null {
  if (origin.kind !== "operation") return null;
  const { node } = origin;
  if (node.rule.name === "reshape") return poolingOf(node.inputs[0]!);
  return node.rule.name === "maxIndices" ? node : null;
}

function replaced(
  node: Node,
  inputs: readonly Tensor[],
  now: (tensor: Tensor) => Tensor,
): readonly Tensor[] {
  const { rule, attributes, outputs } = node;
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor?];
  if (rule.name === "resize" && (attributes as { axis: number }).axis === 1) {
    const { height, width } = attributes as { height: number; width: number };
    return [resizedByProducts(x, height, width)];
  }
  if (rule.name === "conv") {
    const options = attributes as Conv2d;
    const isDepthwise = weight.shape[0] === options.groups && weight.shape[1] === 1;
    if (options.groups > 1 && !isDepthwise) {
      const grouped = options.groups > MOST_GROUPS ? byTaps : byGroups;
      return [grouped(x, weight, bias, options)];
    }
  }
  if (rule.name === "split" && outputs.length > MOST_PIECES) {
    const { axis, sides } = attributes as { axis: number; sides: readonly number[] };
    return splitByHalves(x, axis, sides);
  }
  if (rule.name === "convTranspose") {
    const options = attributes as Conv2d & { readonly shape: Shape };
    const { groups, shape } = options;
    if (groups > 1) {
      const part = { ...options, groups: 1, shape: shape.with(1, shape[1]! / groups) };
      const [dys, weights] = [inGroups(x, 1, groups), inGroups(weight, 0, groups)];
      return [concat(dys.map((dy, i) => applyAll(rule, [dy, weights[i]!], part)[0]), 1)];
    }
  }
  if (rule.name === "scatter") {
    const pooling = poolingOf(node.inputs[1]!);
    if (pooling) {
      const gradient = maxPoolGradient(
        reshape(inputs[2]!, pooling.outputs[0]!.shape),
        now(pooling.inputs[0]!),
        pooling.attributes as Pool,
      );
      return [reshape(gradient, x.shape)];
    }
  }
  const isSame = inputs.every((input, i) => input === node.inputs[i]);
  return isSame ? outputs : applyAll(rule, inputs, attributes);
}

/**
 * A kernel has its input and all its outputs as buffers, of which devices allow from 8 on. ONNX Runtime's Concat
 * goes over as many inputs as there are by itself.
 */
const MOST_PIECES = 7;

function splitByHalves(x: Tensor, axis: number, sides: readonly number[]): readonly Tensor[] {
  if (sides.length <= MOST_PIECES) return split(x, axis, sides);
  const middle = Math.ceil(sides.length / 2);
  const halves = [sides.slice(0, middle), sides.slice(middle)];
  const parts = split(x, axis, halves.map((half) => half.reduce((sum, side) => sum + side)));
  return parts.flatMap((part, i) => splitByHalves(part, axis, halves[i]!));
}

/** Where a convolution has more groups, one for each would be too many. */
const MOST_GROUPS = 16;

/** A grouped convolution as one convolution a group. */
function byGroups(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: Conv2d,
): Tensor {
  const { groups } = options;
  const [xs, weights] = [inGroups(x, 1, groups), inGroups(weight, 0, groups)];
  const biases = bias ? inGroups(bias, 0, groups) : [];
  const ys = xs.map((part, i) =>
    conv2d(part, weights[i]!, biases[i] ?? null, { ...options, groups: 1 })
  );
  return concat(ys, 1);
}

/** The parts of an axis that belong to each group. */
function inGroups(tensor: Tensor, axis: number, groups: number): readonly Tensor[] {
  return splitByHalves(tensor, axis, new Array<number>(groups).fill(tensor.shape[axis]! / groups));
}

/**
 * A grouped convolution as products of its weights [groups, out, in · taps] with what each tap of the kernel
 * sees, [b, groups, in · taps, places].
 */
function byTaps(x: Tensor, weight: Tensor, bias: Tensor | undefined, options: Conv2d): Tensor {
  const { groups, stride, dilation, padding } = options;
  const [b, , h, w] = x.dims(4);
  const [cout, perGroup, kh, kw] = weight.dims(4);
  const taps = new Taps({ sides: [kh, kw], stride, dilation, padding }, [h, w]);
  const [oh, ow] = taps.places;
  const seen = taps.seen(x).map((tap) => reshape(tap, [b, groups * perGroup, 1, oh * ow]));
  const columns = reshape(concat(seen, 2), [b, groups, perGroup * kh * kw, oh * ow]);
  const kernels = reshape(weight, [groups, cout / groups, perGroup * kh * kw]);
  const y = reshape(matmul(kernels, columns), [b, cout, oh, ow]);
  return bias ? add(y, reshape(bias, [cout, 1, 1])) : y;
}
