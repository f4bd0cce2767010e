/** The gradient of depthwise convolution, where ONNX Runtime has no fast operator of its own. */
import { apply, type Rule, type Shape, type Tensor } from "../tensor.ts";
import { channelProducts } from "./channels.ts";
import { concat } from "./concat.ts";
import { reshape } from "./structure.ts";

const shiftRule: Rule<readonly [Tensor], { rows: number; columns: number }> = {
  name: "shift",
  shape: ([x]) => x.shape,
  // A negative padding cuts off.
  onnx: ({ rows, columns }) => ({
    type: "Pad",
    lists: [[0, 0, -rows, -columns, 0, 0, rows, columns]],
  }),
  grad: ([dy], _, { rows, columns }) => [shift(dy, -rows, -columns)],
};

/** y[…, i, j] = x[…, i + rows, j + columns] of x [b, c, h, w], and 0 beyond its border. */
function shift(x: Tensor, rows: number, columns: number): Tensor {
  return rows === 0 && columns === 0 ? x : apply(shiftRule, [x], { rows, columns });
}

/**
 * d loss / d weight, of a shape [c, 1, kh, kw], where x and dy are both [b, c, h, w] and the stride
 * is 1: dw[c, 0, i, j] is the inner product of dy[:, c] and x[:, c] shifted by i rows and j columns.
 * Shifting dy by the rows and x by the columns takes kh + kw shifted maps and not kh · kw.
 */
export function depthwiseWeightGradient(
  x: Tensor,
  dy: Tensor,
  shape: Shape,
  { padding, dilation }: { readonly padding: number; readonly dilation: number },
): Tensor {
  const [c, , kh, kw] = shape as [number, number, number, number];
  const by = (i: number) => i * dilation - padding;
  const columns = Array.from({ length: kw }, (_, j) => shift(x, 0, by(j)));
  const rows = Array.from({ length: kh }, (_, i) => shift(dy, -by(i), 0));
  const products = rows.flatMap((row) =>
    columns.map((column) => reshape(channelProducts(row, column), [c, 1]))
  );
  return reshape(concat(products, 1), shape);
}
