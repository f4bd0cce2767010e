/** Convolution and its adjoints: the gradient of each is made of the others. */
import { sizeOf } from "../../array.ts";
import { apply, constant, type Rule, type Shape, type Tensor } from "../tensor.ts";
import { sumTo } from "./broadcast.ts";
import { channelSums } from "./channels.ts";
import { split } from "./concat.ts";
import { depthwiseWeightGradient } from "./depthwise.ts";
import { add } from "./math.ts";
import { matmul } from "./matmul.ts";
import { reshape, swapLast, transpose } from "./structure.ts";

/** How a kernel moves, in pixels: the same along both axes. */
export interface Conv2d {
  /** Distance of neighbouring places of the kernel. */
  readonly stride: number;
  /** Zeros on all four sides. */
  readonly padding: number;
  /** Distance of the pixels that neighbouring weights of the kernel see. */
  readonly dilation: number;
  /** Input and output channels are divided in so many groups that do not see each other. */
  readonly groups: number;
}

const convRule: Rule<readonly [Tensor, Tensor, ...Tensor[]], Conv2d> = {
  name: "conv",
  shape: ([x, weight, bias], options) => {
    const [b, cin, h, w] = x.dims(4);
    const [cout, perGroup, kh, kw] = weight.dims(4);
    const { groups } = options;
    if (perGroup * groups !== cin || cout % groups !== 0) {
      throw new RangeError(
        `Cannot convolve ${x}: a weight [${groups} · n, ${cin} / ${groups}, kh, kw] needed ` +
          `for ${groups} groups, got ${weight}`,
      );
    }
    if (bias && bias.shape.join() !== `${cout}`) {
      throw new RangeError(`Cannot convolve ${x}: a bias [${cout}] needed, got ${bias}`);
    }
    const [oh, ow] = [sideAfter(h, kh, options), sideAfter(w, kw, options)];
    if (oh < 1 || ow < 1) {
      throw new RangeError(`Cannot convolve ${x}: a kernel that fits needed, got ${weight}`);
    }
    return [b, cout, oh, ow];
  },
  onnx: (options) => ({ type: "Conv", attributes: onnxAttributes(options) }),
  grad: ([dy], [x, weight, bias], options) => [
    inputGradient(dy, weight, x.shape, options),
    weightGradient(x, dy, weight.shape, options),
    ...(bias ? [channelSums(dy)] : []),
  ],
};

/**
 * Convolution of x [b, cin, h, w] with weight [cout, cin / groups, kh, kw] and bias [cout], as torch's
 * F.conv2d: [b, cout, ⌊(h + 2·padding - dilation·(kh - 1) - 1) / stride⌋ + 1, …].
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null, options: Conv2d): Tensor {
  return apply(convRule, bias ? [x, weight, bias] : [x, weight], options);
}

/** Pixels that a kernel covers from its first to its last. */
function extent(kernel: number, { dilation }: Conv2d): number {
  return dilation * (kernel - 1) + 1;
}

function sideAfter(side: number, kernel: number, options: Conv2d): number {
  const { stride, padding } = options;
  return Math.floor((side + 2 * padding - extent(kernel, options)) / stride) + 1;
}

function onnxAttributes({ stride, padding, dilation, groups }: Conv2d) {
  return {
    strides: { ints: [stride, stride] },
    pads: { ints: [padding, padding, padding, padding] },
    dilations: { ints: [dilation, dilation] },
    group: { int: groups },
  };
}

const convTransposeRule: Rule<readonly [Tensor, Tensor], Conv2d & { readonly shape: Shape }> = {
  name: "convTranspose",
  shape: (_, { shape }) => shape,
  onnx: ({ shape, ...options }, [dy, weight]) => {
    // Rows and columns at the end that the kernel did not reach when it moved by more than one.
    const rest = [2, 3].map((axis) => {
      const reached = (dy.shape[axis]! - 1) * options.stride +
        extent(weight.shape[axis]!, options);
      return shape[axis]! + 2 * options.padding - reached;
    });
    return {
      type: "ConvTranspose",
      attributes: { ...onnxAttributes(options), output_padding: { ints: rest } },
    };
  },
  grad: ([g], [dy, weight], { shape: _, ...options }) => [
    conv2d(g, weight, null, options),
    weightGradient(g, dy, weight.shape, options),
  ],
};

/**
 * d loss / d x of a shape [b, cin, h, w]. Of a kernel that moves by one it is a convolution again,
 * which is faster than ONNX Runtime's transposed one.
 */
function inputGradient(dy: Tensor, weight: Tensor, shape: Shape, options: Conv2d): Tensor {
  const [, , kh, kw] = weight.dims(4);
  const padding = extent(kh, options) - 1 - options.padding;
  if (options.stride === 1 && kh === kw && padding >= 0) {
    return conv2d(dy, turned(weight, options.groups), null, { ...options, padding });
  }
  return apply(convTransposeRule, [dy, weight], { ...options, shape });
}

/** Kernels turned by 180° that lead from outputs to inputs: [cin, cout / groups, kh, kw]. */
function turned(weight: Tensor, groups: number): Tensor {
  const [cout, perGroup, kh, kw] = weight.dims(4);
  const kernels = reshape(weight, [groups, cout / groups, perGroup, kh * kw]);
  const exchanged = transpose(kernels, [0, 2, 1, 3]);
  const backwards = kh * kw === 1 ? exchanged : matmul(exchanged, reversal(kh * kw));
  return reshape(backwards, [groups * perGroup, cout / groups, kh, kw]);
}

/** The matrix [n, n] that reverses rows of n numbers: a step of -1 in a Slice costs twice as much. */
function reversal(n: number): Tensor {
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) data[i * n + n - 1 - i] = 1;
  return constant(data, [n, n]);
}

/** Numbers of patches that may be in memory at once: 2^26 are 256 MB. */
const MOST_PATCHES = 2 ** 26;

/** d loss / d weight of a shape [cout, cin / groups, kh, kw]. */
function weightGradient(x: Tensor, dy: Tensor, shape: Shape, options: Conv2d): Tensor {
  const [b, cin] = x.dims(4);
  const [, cout, oh, ow] = dy.dims(4);
  const [, , kh, kw] = shape as [number, number, number, number];
  const { stride, padding, groups } = options;
  const sameShape = x.shape.join() === dy.shape.join();
  if (groups === cin && sameShape && stride === 1 && padding < Math.min(oh, ow)) {
    return depthwiseWeightGradient(x, dy, shape, options);
  }
  const images = Math.max(1, Math.floor(MOST_PATCHES / (cin * kh * kw * oh * ow)));
  const sides = Array.from(
    { length: Math.ceil(b / images) },
    (_, i) => Math.min(images, b - i * images),
  );
  const dys = split(dy, 0, sides);
  return split(x, 0, sides).map((x, i) => {
    const n = oh * ow;
    const seen = reshape(patches(x, kh, kw, options), [
      sides[i]!,
      groups,
      cin / groups * kh * kw,
      n,
    ]);
    const products = matmul(
      reshape(dys[i]!, [sides[i]!, groups, cout / groups, n]),
      swapLast(seen),
    );
    return reshape(sumTo(products, [1, ...products.shape.slice(1)]), shape);
  }).reduce(add);
}

/**
 * What the kernel sees at each of its places: [b, cin, h, w] to [b, cin · kh · kw, oh, ow], as torch's
 * F.unfold. It is a convolution with kernels of a single 1.
 */
function patches(x: Tensor, kh: number, kw: number, options: Conv2d): Tensor {
  const [, cin] = x.dims(4);
  const { stride, padding } = options;
  if (kh * kw === 1 && stride === 1 && padding === 0) return x;
  const shape = [cin * kh * kw, 1, kh, kw];
  const ones = new Float32Array(sizeOf(shape));
  for (let i = 0; i < cin * kh * kw; i++) ones[i * kh * kw + i % (kh * kw)] = 1;
  return conv2d(x, constant(ones, shape), null, { ...options, groups: cin });
}
