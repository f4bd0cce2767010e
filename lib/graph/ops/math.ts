/** Elementwise operations. Two operands broadcast as in NumPy; gradients sum back. */
import { apply, type Rule, scalar, type Tensor } from "../tensor.ts";
import { broadcastShape, sumTo } from "./broadcast.ts";

type One = readonly [Tensor];
type Two = readonly [Tensor, Tensor];
type None = Record<never, never>;

const addRule: Rule<Two, None> = {
  name: "add",
  shape: (inputs) => broadcastShape("add", inputs),
  onnx: () => ({ type: "Add" }),
  grad: ([dy], [a, b]) => [sumTo(dy, a.shape), sumTo(dy, b.shape)],
};

/** a + b */
export function add(a: Tensor, b: Tensor): Tensor {
  return apply(addRule, [a, b], {});
}

const subRule: Rule<Two, None> = {
  name: "sub",
  shape: (inputs) => broadcastShape("sub", inputs),
  onnx: () => ({ type: "Sub" }),
  grad: ([dy], [a, b]) => [sumTo(dy, a.shape), neg(sumTo(dy, b.shape))],
};

/** a - b */
export function sub(a: Tensor, b: Tensor): Tensor {
  return apply(subRule, [a, b], {});
}

const mulRule: Rule<Two, None> = {
  name: "mul",
  shape: (inputs) => broadcastShape("mul", inputs),
  onnx: () => ({ type: "Mul" }),
  grad: ([dy], [a, b]) => [sumTo(mul(dy, b), a.shape), sumTo(mul(dy, a), b.shape)],
};

/** a · b, element by element */
export function mul(a: Tensor, b: Tensor): Tensor {
  return apply(mulRule, [a, b], {});
}

const divRule: Rule<Two, None> = {
  name: "div",
  shape: (inputs) => broadcastShape("div", inputs),
  onnx: () => ({ type: "Div" }),
  grad: ([dy], [a, b], _, [y]) => {
    const da = div(dy, b);
    return [sumTo(da, a.shape), neg(sumTo(mul(da, y), b.shape))];
  },
};

/** a / b, element by element */
export function div(a: Tensor, b: Tensor): Tensor {
  return apply(divRule, [a, b], {});
}

const minRule: Rule<Two, None> = {
  name: "min",
  shape: (inputs) => broadcastShape("min", inputs),
  onnx: () => ({ type: "Min" }),
  grad: ([dy], [a, b]) => [
    sumTo(mul(dy, float(lessThan(a, b))), a.shape),
    sumTo(mul(dy, float(lessThan(b, a))), b.shape),
  ],
};

/** The smaller of a and b. Where they are equal neither gets a gradient. */
export function min(a: Tensor, b: Tensor): Tensor {
  return apply(minRule, [a, b], {});
}

const negRule: Rule<One, None> = {
  name: "neg",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Neg" }),
  grad: ([dy]) => [neg(dy)],
};

/** -x */
export function neg(x: Tensor): Tensor {
  return apply(negRule, [x], {});
}

const expRule: Rule<One, None> = {
  name: "exp",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Exp" }),
  grad: ([dy], _, __, [y]) => [mul(dy, y)],
};

/** e to the x */
export function exp(x: Tensor): Tensor {
  return apply(expRule, [x], {});
}

const logRule: Rule<One, None> = {
  name: "log",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Log" }),
  grad: ([dy], [x]) => [div(dy, x)],
};

/** The natural logarithm. */
export function log(x: Tensor): Tensor {
  return apply(logRule, [x], {});
}

const sqrtRule: Rule<One, None> = {
  name: "sqrt",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Sqrt" }),
  grad: ([dy], _, __, [y]) => [div(mul(dy, scalar(0.5)), y)],
};

/** The square root. */
export function sqrt(x: Tensor): Tensor {
  return apply(sqrtRule, [x], {});
}

const erfRule: Rule<One, None> = {
  name: "erf",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Erf" }),
  grad: ([dy], [x]) => [mul(dy, mul(exp(neg(mul(x, x))), scalar(2 / Math.sqrt(Math.PI))))],
};

/** The error function. */
export function erf(x: Tensor): Tensor {
  return apply(erfRule, [x], {});
}

const geluRule: Rule<One, None> = {
  name: "gelu",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Gelu" }),
  // d/dx x·Φ(x) = Φ(x) + x·φ(x); with u = x/√2, φ(x) = exp(-u² - ln √(2π))
  grad: ([dy], [x]) => {
    const u = mul(x, scalar(Math.SQRT1_2));
    const density = exp(sub(scalar(-0.5 * Math.log(2 * Math.PI)), mul(u, u)));
    const distribution = add(mul(erf(u), scalar(0.5)), scalar(0.5));
    return [mul(dy, add(distribution, mul(x, density)))];
  },
};

/** x·Φ(x) with the normal distribution function Φ: the exact GELU, not its tanh approximation. */
export function gelu(x: Tensor): Tensor {
  return apply(geluRule, [x], {});
}

const reluRule: Rule<One, None> = {
  name: "relu",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Relu" }),
  grad: ([dy], _, __, [y]) => [mul(dy, float(lessThan(scalar(0), y)))],
};

/** The larger of x and 0; its gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  return apply(reluRule, [x], {});
}

const sigmoidRule: Rule<One, None> = {
  name: "sigmoid",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Sigmoid" }),
  grad: ([dy], _, __, [y]) => [mul(dy, mul(y, sub(scalar(1), y)))],
};

/** 1 / (1 + e to the -x) */
export function sigmoid(x: Tensor): Tensor {
  return apply(sigmoidRule, [x], {});
}

const softplusRule: Rule<One, None> = {
  name: "softplus",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Softplus" }),
  grad: ([dy], [x]) => [mul(dy, sigmoid(x))],
};

/** ln(1 + e to the x): the negative logarithm of sigmoid(-x). */
export function softplus(x: Tensor): Tensor {
  return apply(softplusRule, [x], {});
}

const powRule: Rule<Two, { exponent: number }> = {
  name: "pow",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Pow" }),
  grad: ([dy], [x], { exponent }) => [
    mul(dy, mul(pow(x, exponent - 1), scalar(exponent))),
    null,
  ],
};

/** x to the power of a number, for x of at least 0. */
export function pow(x: Tensor, exponent: number): Tensor {
  return apply(powRule, [x, scalar(exponent)], { exponent });
}

const floorRule: Rule<One, None> = {
  name: "floor",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Floor" }),
  grad: () => [null],
};

/** The largest integers that are not above x. */
export function floor(x: Tensor): Tensor {
  return apply(floorRule, [x], {});
}

const floatRule: Rule<One, None> = {
  name: "float",
  shape: ([x]) => x.shape,
  dtype: "float32",
  onnx: () => ({ type: "Cast", attributes: { to: { int: 1 } } }),
  grad: () => [null],
};

/** Integers as float32. */
export function float(x: Tensor): Tensor {
  return apply(floatRule, [x], {});
}

const intRule: Rule<One, None> = {
  name: "int",
  shape: ([x]) => x.shape,
  dtype: "int64",
  onnx: () => ({ type: "Cast", attributes: { to: { int: 7 } } }),
  grad: () => [null],
};

/** Numbers as int64, cut towards zero. */
export function int(x: Tensor): Tensor {
  return apply(intRule, [x], {});
}

const byteRule: Rule<One, None> = {
  name: "byte",
  shape: ([x]) => x.shape,
  dtype: "uint8",
  onnx: () => ({ type: "Cast", attributes: { to: { int: 2 } } }),
  grad: () => [null],
};

/** Numbers from 0 to 255 as uint8. */
export function byte(x: Tensor): Tensor {
  return apply(byteRule, [x], {});
}

const equalRule: Rule<Two, None> = {
  name: "equal",
  shape: (inputs) => broadcastShape("compare", inputs),
  dtype: "bool",
  onnx: () => ({ type: "Equal" }),
  grad: () => [null, null],
};

/** Whether a = b, element by element. */
export function equal(a: Tensor, b: Tensor): Tensor {
  return apply(equalRule, [a, b], {});
}

const lessThanRule: Rule<Two, None> = {
  name: "lessThan",
  shape: (inputs) => broadcastShape("compare", inputs),
  dtype: "bool",
  onnx: () => ({ type: "Less" }),
  grad: () => [null, null],
};

/** Whether a < b, element by element. */
export function lessThan(a: Tensor, b: Tensor): Tensor {
  return apply(lessThanRule, [a, b], {});
}

const clipRule: Rule<readonly [Tensor, Tensor, Tensor], None> = {
  name: "clip",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Clip" }),
  grad: ([dy], [x, low, high]) => [
    mul(dy, mul(float(lessThan(low, x)), float(lessThan(x, high)))),
    null,
    null,
  ],
};

/** x, but at least `low` and at most `high`. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return apply(clipRule, [x, scalar(low), scalar(high)], {});
}
