/** Matrix products. */
import { apply, type Rule, type Shape, type Tensor } from "../tensor.ts";
import { sumTo } from "./broadcast.ts";
import { reshape, swapLast } from "./structure.ts";

const matmulRule: Rule<readonly [Tensor, Tensor], Record<never, never>> = {
  name: "matmul",
  shape: ([a, b]) => {
    const [m, k] = a.shape.slice(-2);
    const [l, n] = b.shape.slice(-2);
    const stacks = [a.shape.slice(0, -2), b.shape.slice(0, -2)] as const;
    const rank = Math.max(stacks[0].length, stacks[1].length);
    const [p, q] = stacks.map((s) => [...new Array(rank - s.length).fill(1), ...s]);
    const fit = p!.every((side, i) => side === q![i] || side === 1 || q![i] === 1);
    if (m === undefined || n === undefined || k !== l || !fit) {
      throw new RangeError(`Cannot matmul: [..., m, k] and [..., k, n] needed, got ${a} and ${b}`);
    }
    return [...p!.map((side, i) => Math.max(side, q![i]!)), m, n];
  },
  onnx: () => ({ type: "MatMul" }),
  grad: ([dy], [a, b]) => [
    sumTo(matmul(dy, swapLast(b)), a.shape),
    sumTo(matmul(swapLast(a), dy), b.shape),
  ],
};

/** Stacks of matrices [..., m, k] · [..., k, n] to [..., m, n]; the stacks broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return apply(matmulRule, [a, b], {});
}

interface Gemm {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
}

function gemmShape([a, b]: readonly Tensor[], { transA, transB }: Gemm): Shape {
  const [m, k] = transA ? a!.dims(2).reverse() : a!.dims(2);
  const [l, n] = transB ? b!.dims(2).reverse() : b!.dims(2);
  if (k !== l) {
    throw new RangeError(
      `Cannot multiply matrices: inner sides must agree, got ${a}${transA ? "ᵀ" : ""} and ${b}${
        transB ? "ᵀ" : ""
      }`,
    );
  }
  return [m!, n!];
}

function gemmOnnx({ transA, transB, alpha }: Gemm) {
  return {
    type: "Gemm",
    attributes: {
      transA: { int: Number(transA) },
      transB: { int: Number(transB) },
      alpha: { float: alpha },
    },
  };
}

function gemmGrad(dy: Tensor, a: Tensor, b: Tensor, { transA, transB, alpha }: Gemm) {
  const da = transA
    ? gemm(b, dy, { transA: transB, transB: true, alpha })
    : gemm(dy, b, { transA: false, transB: !transB, alpha });
  const db = transB
    ? gemm(dy, a, { transA: true, transB: transA, alpha })
    : gemm(a, dy, { transA: !transA, transB: false, alpha });
  return [da, db] as const;
}

const gemmRule: Rule<readonly [Tensor, Tensor], Gemm> = {
  name: "gemm",
  shape: gemmShape,
  onnx: gemmOnnx,
  grad: ([dy], [a, b], attributes) => gemmGrad(dy, a, b, attributes),
};

/** alpha · a · b for matrices, either transposed first. */
function gemm(a: Tensor, b: Tensor, attributes: Gemm): Tensor {
  return apply(gemmRule, [a, b], attributes);
}

const gemmAddRule: Rule<readonly [Tensor, Tensor, Tensor], Gemm> = {
  name: "gemmAdd",
  shape: ([a, b, c], attributes) => {
    const [m, n] = gemmShape([a, b], attributes) as [number, number];
    if (c.shape.join() !== `${n}`) {
      throw new RangeError(`Cannot add a bias to [${m}, ${n}]: [${n}] needed, got ${c}`);
    }
    return [m, n];
  },
  onnx: gemmOnnx,
  grad: ([dy], [a, b, c], attributes) => [
    ...gemmGrad(dy, a, b, attributes),
    sumTo(dy, c.shape),
  ],
};

/** Rows x [..., k] times weight [n, k] transposed, plus bias [n]: to [..., n]. As torch's F.linear. */
export function affine(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const k = x.shape.at(-1)!;
  const rows = x.shape.slice(0, -1).reduce((product, side) => product * side, 1);
  const [n] = weight.dims(2);
  const flat = reshape(x, [rows, k]);
  const attributes = { transA: false, transB: true, alpha: 1 };
  const y = bias
    ? apply(gemmAddRule, [flat, weight, bias], attributes)
    : apply(gemmRule, [flat, weight], attributes);
  return reshape(y, [...x.shape.slice(0, -1), n]);
}
