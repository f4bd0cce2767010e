import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import {
  classPlane,
  cosineSimilarities,
  readClassEmbeddings,
} from "../../lib/analysis/class_embeddings.ts";
import { stream } from "../../lib/random.ts";

function matrix(rows: readonly (readonly number[])[]): NDArray {
  return { shape: [rows.length, rows[0]!.length], data: new Float32Array(rows.flat()) };
}

function assertPoints(actual: readonly (readonly number[])[], expected: number[][]): void {
  assertEquals(actual.length, expected.length);
  for (const [i, point] of expected.entries()) {
    for (const [k, value] of point.entries()) assertAlmostEquals(actual[i]![k]!, value, 1e-6);
  }
}

Deno.test("classPlane() finds the axes when classes lie on them", () => {
  const plane = classPlane(matrix([[0, 0, 4], [0, 3, 0], [0, 0, -2], [0, 0, 0]]));
  assertPoints(plane.points, [[4, 0], [0, 3], [-2, 0], [0, 0]]);
  assertPoints([plane.singularValues.slice(0, 2)], [[Math.sqrt(20), 3]]);
  assertPoints([plane.explained.slice(0, 2)], [[20 / 29, 9 / 29]]);
});

Deno.test("classPlane() puts the furthest class on the positive side when the sign is free", () => {
  const { points } = classPlane(matrix([[0, 0, -4], [0, -3, 0], [0, 0, 2], [0, 0, 0]]));
  assertPoints(points, [[4, 0], [0, 3], [-2, 0], [0, 0]]);
});

Deno.test("classPlane() subtracts no mean when all classes share a part", () => {
  const { points, explained } = classPlane(matrix([[10, 2], [10, -1], [10, -1]]));
  assertPoints(points, [[10, 2], [10, -1], [10, -1]]);
  assertAlmostEquals(explained[0]!, 300 / 306, 1e-6);
});

Deno.test("classPlane() keeps lengths and angles when two directions hold everything", () => {
  const random = stream("class_embeddings", 1);
  const flat = Array.from({ length: 5 }, () => [random.normal(), random.normal()]);
  const [u, v] = [[0.5, 0.5, 0.5, 0.5], [0.5, -0.5, 0.5, -0.5]];
  const rows = flat.map(([a, b]) => u!.map((value, i) => a! * value + b! * v![i]!));
  const { points, explained } = classPlane(matrix(rows));
  for (const [i, p] of points.entries()) {
    for (const [j, q] of points.entries()) {
      const expected = flat[i]![0]! * flat[j]![0]! + flat[i]![1]! * flat[j]![1]!;
      assertAlmostEquals(p[0] * q[0] + p[1] * q[1], expected, 1e-5);
    }
  }
  assertAlmostEquals(explained[0]! + explained[1]!, 1, 1e-6);
});

Deno.test("classPlane() names the shape when it is not that of a matrix", () => {
  const tensor = { shape: [1, 11, 192], data: new Float32Array(11 * 192) };
  assertThrows(() => classPlane(tensor), RangeError, "got [1, 11, 192]");
});

Deno.test("cosineSimilarities() compares directions, not lengths", () => {
  const similar = cosineSimilarities(matrix([[3, 0], [0, 5], [-1, 0], [2, 2]]));
  const half = Math.SQRT1_2;
  assertPoints(similar, [[1, 0, -1, half], [0, 1, 0, half], [-1, 0, 1, -half], [
    half,
    half,
    -half,
    1,
  ]]);
});

async function withStored(value: unknown, test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/class_embeddings.json`;
    await Deno.writeTextFile(path, JSON.stringify(value));
    await test(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readClassEmbeddings() reads what a run stores", async () => {
  const [names, colours] = [["sky", "road"], [[1, 2, 3], [4, 5, 6]]];
  const rows = [[0.5, 1, 2], [3, 4, 5]];
  await withStored({ classes: names, palette: colours, embeddings: rows }, async (path) => {
    const { classes, palette, embeddings, decoded } = await readClassEmbeddings(path);
    assertEquals([classes, palette, decoded], [names, colours, null]);
    assertEquals(embeddings, matrix(rows));
  });
});

Deno.test("readClassEmbeddings() names the file when rows do not fit the classes", async () => {
  const value = { classes: ["sky"], palette: [[1, 2, 3]], embeddings: [[1, 2], [3, 4]] };
  await withStored(value, async (path) => {
    await assertRejects(() => readClassEmbeddings(path), SyntaxError, path);
  });
});

Deno.test("readClassEmbeddings() refuses rows of different lengths", async () => {
  const path = await Deno.makeTempFile();
  const palette = [[1, 2, 3], [4, 5, 6]];
  const embeddings = [[1, 2], [1, 2, 3]];
  await Deno.writeTextFile(path, JSON.stringify({ classes: ["a", "b"], palette, embeddings }));
  await assertRejects(() => readClassEmbeddings(path), SyntaxError, "needs rows of one length");
  await Deno.remove(path);
});
