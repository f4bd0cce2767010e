import { Matrix, SVD } from "ml-matrix";
import { z } from "zod";
import type { NDArray } from "../array.ts";
import { type ClassKey, colourSchema } from "../images/image.ts";
import { readJson } from "../json.ts";

const matrixSchema = z.array(z.array(z.number()).min(2)).min(2);
const storedSchema = z.object({
  classes: z.array(z.string()),
  palette: z.array(colourSchema),
  embeddings: matrixSchema,
  decoded: matrixSchema.nullable().default(null),
});

/** What a run stores of a Mask Transformer's classes; both matrices are [classes, dim]. */
export interface ClassEmbeddings extends ClassKey {
  /** The learned tokens with which the classes enter the decoder. */
  readonly embeddings: NDArray;
  /** What the decoder made of them (`decodedClasses`), where the run stored it. */
  readonly decoded: NDArray | null;
}

/** Reads the class_embeddings.json of a results folder. */
export async function readClassEmbeddings(path: string): Promise<ClassEmbeddings> {
  const { classes, palette, embeddings, decoded } = await readJson(path, storedSchema, {
    needs: "class embeddings of a run",
  });
  for (const { length } of [palette, embeddings, decoded ?? classes]) {
    if (length === classes.length) continue;
    throw new SyntaxError(
      `Cannot read ${path}: an entry for each of ${classes.length} classes needed, got ${length}`,
    );
  }
  return {
    classes,
    palette,
    embeddings: arrayOf(embeddings),
    decoded: decoded && arrayOf(decoded),
  };
}

function arrayOf(rows: readonly (readonly number[])[]): NDArray {
  return { shape: [rows.length, rows[0]!.length], data: new Float32Array(rows.flat()) };
}

/** Class embeddings in the coordinates of their singular directions, the strongest first. */
export interface ClassPlane {
  /** Where each class lies along the first and the second direction: [classes, 2]. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** All singular values, falling. */
  readonly singularValues: readonly number[];
  /** The share of each direction in the sum of squares, so that all together are 1. */
  readonly explained: readonly number[];
}

/**
 * The singular value decomposition E = U S Vᵀ of class embeddings [classes, dim], as in Segmenter's
 * figure 8: classes are drawn at the first two columns of U S. Like the paper's, the matrix is
 * decomposed as it is: no mean is subtracted. A direction's sign is free; here the class that lies
 * furthest out along it is on the positive side.
 */
export function classPlane(embeddings: NDArray): ClassPlane {
  const svd = new SVD(matrixOf(embeddings), { autoTranspose: true });
  const values = svd.diagonal;
  const [x, y] = [0, 1].map((k) => {
    const along = svd.leftSingularVectors.getColumn(k).map((u) => u * values[k]!);
    const furthest = along.reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a);
    return along.map((value) => furthest < 0 ? -value : value);
  }) as [number[], number[]];
  const total = values.reduce((sum, value) => sum + value ** 2, 0);
  return {
    points: x.map((value, i) => [value, y[i]!]),
    singularValues: values,
    explained: values.map((value) => value ** 2 / total),
  };
}

/** The cosine of the angle between each two class embeddings: [classes, dim] to [classes, classes]. */
export function cosineSimilarities(embeddings: NDArray): number[][] {
  const rows = matrixOf(embeddings).to2DArray();
  const units = rows.map((row) => row.map((value) => value / Math.hypot(...row)));
  return units.map((a) => units.map((b) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)));
}

function matrixOf({ shape, data }: NDArray): Matrix {
  const [classes, dim] = shape;
  if (shape.length !== 2 || classes! < 2 || dim! < 2) {
    throw new RangeError(
      "Cannot analyse class embeddings: [classes, dim] with at least 2 of each needed, got " +
        `[${shape.join(", ")}]`,
    );
  }
  return Matrix.from1DArray(classes!, dim!, data);
}
