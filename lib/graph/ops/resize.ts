import { sizeOf } from "../../array.ts";
import { bilinearTaps } from "../../bilinear.ts";
import { apply, constant, type Rule, type Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { reshape } from "./structure.ts";

interface Resize {
  /** Rows stand on this axis of four, columns on the next: 2, or 1 where channels are last. */
  readonly axis: 1 | 2;
  readonly height: number;
  readonly width: number;
  readonly alignCorners: boolean;
}

const resizeRule: Rule<readonly [Tensor], Resize> = {
  name: "resize",
  shape: ([x], { axis, height, width }) => x.shape.with(axis, height).with(axis + 1, width),
  onnx: ({ axis, height, width, alignCorners }, [x]) => ({
    type: "Resize",
    attributes: {
      mode: { string: "linear" },
      coordinate_transformation_mode: { string: alignCorners ? "align_corners" : "half_pixel" },
    },
    absent: 2, // the region of interest, and scales in place of sizes
    lists: [x.shape.with(axis, height).with(axis + 1, width)],
  }),
  grad: ([dy], [x], { axis, alignCorners }) => {
    const [h, w] = x.shape.slice(axis) as [number, number];
    return [axis === 2 ? adjoint(dy, h, w, alignCorners) : adjointLast(dy, h, w, alignCorners)];
  },
};

/**
 * Bilinear interpolation of x [..., h, w] to [..., height, width] without antialiasing, as torch's
 * F.interpolate with either align_corners.
 */
export function resizeBilinear(
  x: Tensor,
  height: number,
  width: number,
  alignCorners = false,
): Tensor {
  const [h, w] = x.shape.slice(-2) as [number, number];
  if (h === height && w === width) return x;
  const leading = x.shape.slice(0, -2);
  const maps = leading.length === 2 ? x : reshape(x, [1, sizeOf(leading), h, w]);
  const y = apply(resizeRule, [maps], { axis: 2, height, width, alignCorners });
  return reshape(y, [...leading, height, width]);
}

/**
 * The same with align_corners false for x [b, h, w, channels], to [b, height, width, channels]. On
 * large maps it takes a third of the time.
 */
export function resizeBilinearLast(x: Tensor, height: number, width: number): Tensor {
  const [, h, w] = x.dims(4);
  if (h === height && w === width) return x;
  return apply(resizeRule, [x], { axis: 1, height, width, alignCorners: false });
}

/** `resizeBilinearLast` by products with the matrices that mix rows and columns. */
export function resizedByProducts(x: Tensor, height: number, width: number): Tensor {
  const [b, h, w, channels] = x.dims(4);
  const lines = reshape(x, [b, h, w * channels]);
  const tall = h === height ? lines : matmul(mixing(h, height, false, "rows"), lines);
  const rows = reshape(tall, [b, height, w, channels]);
  return w === width ? rows : matmul(mixing(w, width, false, "rows"), rows);
}

/** What dy [n, c, height, width] adds to each of the h × w pixels it was interpolated from. */
function adjoint(dy: Tensor, h: number, w: number, alignCorners: boolean): Tensor {
  const [, , height, width] = dy.dims(4);
  const narrow = w === width ? dy : matmul(dy, mixing(w, width, alignCorners, "rows"));
  return h === height ? narrow : matmul(mixing(h, height, alignCorners, "columns"), narrow);
}

/** The same for dy [b, height, width, channels]. */
function adjointLast(dy: Tensor, h: number, w: number, alignCorners: boolean): Tensor {
  const [b, height, width, channels] = dy.dims(4);
  const lines = reshape(dy, [b, height, width * channels]);
  const low = h === height ? lines : matmul(mixing(h, height, alignCorners, "columns"), lines);
  const rows = reshape(low, [b, h, width, channels]);
  return w === width ? rows : matmul(mixing(w, width, alignCorners, "columns"), rows);
}

/** How outputs mix inputs: [to, from] with an output in each row, or [from, to] in each column. */
function mixing(
  from: number,
  to: number,
  alignCorners: boolean,
  outputs: "rows" | "columns",
): Tensor {
  const data = new Float32Array(from * to);
  const [perOutput, perInput] = outputs === "rows" ? [from, 1] : [1, to];
  const { low, high, weight } = bilinearTaps(from, to, alignCorners);
  for (let i = 0; i < to; i++) {
    data[i * perOutput + low[i]! * perInput]! += 1 - weight[i]!;
    data[i * perOutput + high[i]! * perInput]! += weight[i]!;
  }
  return constant(data, outputs === "rows" ? [to, from] : [from, to]);
}
