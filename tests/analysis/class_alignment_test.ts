import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Matrix, QrDecomposition } from "ml-matrix";
import type { NDArray } from "../../lib/array.ts";
import { alignClasses, procrustes } from "../../lib/analysis/class_alignment.ts";
import { stream } from "../../lib/random.ts";
import { maskModel } from "./mask_model.ts";

const random = stream("class_alignment_test", 1);
const randomMatrix = (rows: number, columns: number) =>
  Matrix.from1DArray(rows, columns, Array.from({ length: rows * columns }, () => random.normal()));
const arrayOf = (matrix: Matrix): NDArray => {
  return { shape: [matrix.rows, matrix.columns], data: new Float32Array(matrix.to1DArray()) };
};
const rows = (values: number[][]) => arrayOf(new Matrix(values));

/** A random orthogonal matrix: Q of a QR decomposition. */
const rotation = (side: number) => new QrDecomposition(randomMatrix(side, side)).orthogonalMatrix;

Deno.test("procrustes() takes a rotated copy back to 0", () => {
  const a = randomMatrix(11, 64);
  const { residual, first, second } = procrustes(arrayOf(a), arrayOf(a.mmul(rotation(64))));
  assertAlmostEquals(residual, 0, 1e-6);
  for (const [i, row] of first.entries()) {
    for (const [k, x] of row.entries()) assertAlmostEquals(second[i]![k]!, x, 1e-5);
  }
});

Deno.test("procrustes() takes a copy in fewer dimensions back to 0", () => {
  const plane = randomMatrix(7, 2);
  const wide = plane.mmul(rotation(30).subMatrix(0, 1, 0, 29)); // the same plane in 30 dimensions
  assertAlmostEquals(procrustes(arrayOf(wide), arrayOf(plane)).residual, 0, 1e-6);
});

Deno.test("procrustes() measures what rotation cannot take away", () => {
  // [1 0; 0 1] against [2 0; 0 1]: no rotation is better than none; the distance is 1 of √2.
  assertAlmostEquals(
    procrustes(rows([[1, 0], [0, 1]]), rows([[2, 0], [0, 1]])).residual,
    Math.SQRT1_2,
  );
});

Deno.test("procrustes() is at least as near as a thousand other rotations", () => {
  const [a, b] = [randomMatrix(6, 4), randomMatrix(6, 4)];
  const { residual } = procrustes(arrayOf(a), arrayOf(b));
  const others = Array.from({ length: 1000 }, () => {
    return Matrix.sub(a, b.mmul(rotation(4))).norm("frobenius") / a.norm("frobenius");
  });
  assertEquals(others.every((other) => other >= residual - 1e-6), true);
  assertEquals(Math.min(...others) < 1.5 * residual, true); // and not nearer than a rotation can
});

Deno.test("procrustes() refuses sets of different sizes", () => {
  assertThrows(
    () => procrustes(arrayOf(randomMatrix(3, 4)), arrayOf(randomMatrix(2, 4))),
    RangeError,
    "as many vectors as the 3 of the first needed, got 2",
  );
});

Deno.test("alignClasses() aligns by the names that both networks have", async () => {
  const embeddings = randomMatrix(5, 64);
  const turned = embeddings.mmul(rotation(64));
  const pick = (matrix: Matrix, order: number[]) =>
    arrayOf(new Matrix(order.map((i) => matrix.getRow(i))));
  const a = maskModel(["car", "sky", "road", "only a"], pick(embeddings, [0, 1, 2, 3]));
  const b = maskModel(["road", "only b", "car", "sky"], pick(turned, [2, 4, 0, 1]));
  const found = await alignClasses(a, b, { names: ["first", "second"] });
  assertEquals(found.classes, ["car", "sky", "road"]);
  assertAlmostEquals(found.aligned.residual, 0, 1e-6);
  assertEquals(found.chance > 0.05, true);
  assertEquals(found.distances.every((distance) => distance < 1e-5), true);
  const { svg } = (await found.pictures())[""]!;
  assertEquals(svg.includes(">dots: first, rings: second<"), true);
});

Deno.test("alignClasses() lists both networks' classes when they share too few", async () => {
  await assertRejects(
    () => alignClasses(maskModel(["a", "b"]), maskModel(["b", "c"])),
    RangeError,
    "got 1: the first has a, b, the second b, c",
  );
});
