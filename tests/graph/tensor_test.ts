import { assert, assertEquals, assertThrows } from "@std/assert";
import { attend } from "../../lib/graph/ops/attention.ts";
import { expand, sum } from "../../lib/graph/ops/broadcast.ts";
import { concat, split } from "../../lib/graph/ops/concat.ts";
import { take } from "../../lib/graph/ops/indices.ts";
import { add, float, lessThan, min } from "../../lib/graph/ops/math.ts";
import { affine, matmul } from "../../lib/graph/ops/matmul.ts";
import { layerNorm } from "../../lib/graph/ops/normalize.ts";
import { l2Norm, mean } from "../../lib/graph/ops/reduce.ts";
import { resizeBilinear } from "../../lib/graph/ops/resize.ts";
import { pad, reshape, slice, swapLast, transpose } from "../../lib/graph/ops/structure.ts";
import { constant, input, inputsOf, nodesOf, scalar, type Tensor } from "../../lib/graph/tensor.ts";

const x = input("x", [2, 3]);
const image = input("image", [2, 3, 4, 5]);
const vector = input("vector", [4]);

/** What is tried, and what the error says: it is raised while the graph is built. */
const refused: Readonly<Record<string, readonly [() => unknown, string]>> = {
  "dims()": [
    () => image.dims(3),
    "Cannot take the sides of a tensor: rank 3 needed, got float32[2, 3, 4, 5]",
  ],
  "add()": [
    () => add(x, vector),
    "Cannot add: shapes that broadcast needed, got float32[2, 3] and float32[4]",
  ],
  "min()": [
    () => min(x, vector),
    "Cannot min: shapes that broadcast needed, got float32[2, 3] and float32[4]",
  ],
  "lessThan()": [
    () => lessThan(x, vector),
    "Cannot compare: shapes that broadcast needed, got float32[2, 3] and float32[4]",
  ],
  "reshape()": [
    () => reshape(x, [7]),
    "Cannot reshape float32[2, 3] to [7]: sizes differ",
  ],
  "transpose()": [
    () => transpose(x, [0, 0]),
    "Cannot transpose float32[2, 3]: a permutation of its axes needed, got [0,0]",
  ],
  "expand() of another side": [
    () => expand(x, [2, 2, 4]),
    "Cannot expand float32[2, 3] to [2, 2, 4]: sides of 1 needed",
  ],
  "expand() to a lower rank": [
    () => expand(x, [3]),
    "Cannot expand float32[2, 3] to [3]: sides of 1 needed",
  ],
  "concat() of shapes that do not fit": [
    () => concat([x, input("y", [3, 2])], 1),
    "Cannot concat on axis 1: float32[2, 3] and float32[3, 2] do not fit",
  ],
  "concat() of nothing": [
    () => concat([], 0),
    "Cannot concat: at least one tensor needed, got none",
  ],
  "concat() on an axis beyond": [
    () => concat([x, x], -1),
    "Cannot concat on axis -1: an axis of float32[2, 3] needed",
  ],
  "split()": [
    () => split(x, 1, [1, 1]),
    "Cannot split float32[2, 3] on axis 1: its side needed, got [1,1]",
  ],
  "slice()": [
    () => slice(x, [1, 0], [2, 2]),
    "Cannot slice float32[2, 3]: inside needed, got [2,2] from [1,0]",
  ],
  "slice() of all from the middle": [
    () => slice(x, [0, 1], [2, 3]),
    "Cannot slice float32[2, 3]: inside needed, got [2,3] from [0,1]",
  ],
  "pad()": [
    () => pad(x, [0, 2], [2, 4]),
    "Cannot pad float32[2, 3] to [2, 4] from [0,2]",
  ],
  "pad() to the same shape from the middle": [
    () => pad(x, [1, 0], [2, 3]),
    "Cannot pad float32[2, 3] to [2, 3] from [1,0]",
  ],
  "sum()": [() => sum(x, [2]), "Cannot use axis 2: one of float32[2, 3] needed"],
  "mean()": [() => mean(x, [-3]), "Cannot use axis -3: one of float32[2, 3] needed"],
  "l2Norm()": [() => l2Norm(x, [5]), "Cannot use axis 5: one of float32[2, 3] needed"],
  "matmul() of inner sides": [
    () => matmul(x, x),
    "Cannot matmul: [..., m, k] and [..., k, n] needed, got float32[2, 3] and float32[2, 3]",
  ],
  "matmul() of stacks": [
    () => matmul(input("a", [2, 3, 4]), input("b", [3, 4, 5])),
    "got float32[2, 3, 4] and float32[3, 4, 5]",
  ],
  "matmul() of a vector": [() => matmul(x, input("v", [3])), "got float32[2, 3] and float32[3]"],
  "affine()": [
    () => affine(x, input("weight", [5, 4]), null),
    "Cannot multiply matrices: inner sides must agree, got float32[2, 3] and float32[5, 4]ᵀ",
  ],
  "affine() of a bias": [
    () => affine(x, input("weight", [5, 3]), input("bias", [4])),
    "Cannot add a bias to [2, 5]: [5] needed, got float32[4]",
  ],
  "take() of rows": [
    () => take(x, constant(BigInt64Array.of(0n), [1, 1])),
    "Cannot take from float32[2, 3]: int64[2, 1] needed, got int64[1, 1]",
  ],
  "take() by floats": [
    () => take(x, constant([0, 1], [2, 1])),
    "Cannot take from float32[2, 3]: int64[2, 1] needed, got float32[2, 1]",
  ],
  "layerNorm()": [
    () => layerNorm(x, vector, vector, 1e-5),
    "Cannot layerNorm float32[2, 3]: weights [3] needed, got float32[4], float32[4]",
  ],
  "attend() of a rank": [() => attend(x, 1, null), "rank 3 needed, got float32[2, 3]"],
  "attend() of heads": [
    () => attend(input("qkv", [1, 2, 12]), 3, null),
    "Cannot attend: heads that divide 4 needed, got 3",
  ],
};

for (const [name, [build, message]] of Object.entries(refused)) {
  Deno.test(`${name} is a RangeError with needed and got when a shape does not fit`, () => {
    assertThrows(build, RangeError, message);
  });
}

/** Shapes by the operation's rule. */
const shapes: Readonly<Record<string, readonly [Tensor, readonly number[]]>> = {
  "add()": [add(input("a", [4, 1, 3]), input("b", [2, 1])), [4, 2, 3]],
  "add() of a scalar": [add(scalar(1), x), [2, 3]],
  "matmul()": [matmul(input("a", [5, 1, 2, 3]), input("b", [4, 3, 6])), [5, 4, 2, 6]],
  "affine()": [affine(input("a", [2, 5, 3]), input("w", [7, 3]), null), [2, 5, 7]],
  "transpose()": [transpose(image, [0, 2, 3, 1]), [2, 4, 5, 3]],
  "swapLast()": [swapLast(image), [2, 3, 5, 4]],
  "sum()": [sum(image, [-1, 0]), [1, 3, 4, 1]],
  "concat()": [concat([x, input("y", [2, 4])], 1), [2, 7]],
  "split()": [split(image, 1, [1, 2])[1]!, [2, 2, 4, 5]],
  "resizeBilinear()": [resizeBilinear(image, 7, 2), [2, 3, 7, 2]],
  "take()": [take(x, constant(BigInt64Array.of(0n, 2n), [2, 1])), [2, 1]],
};

for (const [name, [tensor, shape]] of Object.entries(shapes)) {
  Deno.test(`${name} gives the shape [${shape}] when its inputs fit`, () => {
    assertEquals([...tensor.shape], [...shape]);
  });
}

Deno.test("operations return their input when they change nothing", () => {
  assert(reshape(x, [2, 3]) === x);
  assert(expand(x, [2, 3]) === x);
  assert(slice(x, [0, 0], [2, 3]) === x);
  assert(pad(x, [0, 0], [2, 3]) === x);
  assert(concat([x], 0) === x);
  assert(split(x, 0, [2])[0] === x);
  assert(resizeBilinear(image, 4, 5) === image);
});

Deno.test("constant() takes its type from its data", () => {
  assertEquals(`${constant([1, 2])}`, "float32[2]");
  assertEquals(`${constant(Uint8Array.of(1, 2), [1, 2])}`, "uint8[1, 2]");
  assertEquals(`${constant(BigInt64Array.of(1n))}`, "int64[1]");
  assertEquals(`${scalar(3)}`, "float32[]");
  assertEquals(`${lessThan(x, x)}`, "bool[2, 3]");
  assertEquals(`${float(lessThan(x, x))}`, "float32[2, 3]");
});

Deno.test("nodesOf() gives each node once and after those it needs when paths meet", () => {
  const sum1 = add(x, x);
  const left = add(sum1, scalar(1));
  const right = add(sum1, scalar(2));
  const y = add(left, right);
  const made = [sum1, left, right, y].map(({ origin }) =>
    origin.kind === "operation" && origin.node
  );
  const order = nodesOf([y, left]);
  assertEquals(order.length, 4);
  assertEquals(made.map((node) => order.indexOf(node || order[0]!)), [0, 1, 2, 3]);
});

Deno.test("nodesOf() does not overflow the stack when a chain has 100,000 nodes", () => {
  let y: Tensor = x;
  for (let i = 0; i < 100_000; i++) y = add(y, x);
  assertEquals(nodesOf([y]).length, 100_000);
});

Deno.test("inputsOf() finds what is fed when an output is itself an input", () => {
  const y = add(x, scalar(1));
  assertEquals(inputsOf([y, vector]), new Set([x, vector]));
});
