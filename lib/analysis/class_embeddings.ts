import { join } from "node:path";
import { Matrix, SVD } from "ml-matrix";
import { z } from "zod";
import { type NDArray, spreadIndices } from "../array.ts";
import type { Dataset } from "../data/dataset.ts";
import { writeAtomically } from "../files.ts";
import { type ClassKey, colourSchema } from "../images/image.ts";
import { normalise } from "../images/normalise.ts";
import { readJson } from "../json.ts";
import type { TrainedModel } from "../models/description.ts";
import { type Inference, inferenceOf } from "../train/config.ts";
import { decodedClasses } from "./decoded_classes.ts";

const matrixSchema = z.array(z.array(z.number()).min(2)).min(2)
  .refine((rows) => rows.every(({ length }) => length === rows[0]?.length), {
    error: "needs rows of one length",
  });
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

/** How many validation images the decoded class tokens are a mean of. */
const IMAGES = 6;

/**
 * Writes class_embeddings.json, which a notebook reads in place of the weights: a Mask Transformer's
 * learned class embeddings [classes, dim], six significant digits, and what its decoder makes of them
 * where there are images `val` of one size to look at. Other decoders have none.
 */
export async function writeClassEmbeddings(
  folder: string,
  model: TrainedModel,
  val: Dataset | null,
): Promise<void> {
  const { config, classes, palette, weights } = model;
  const inference = inferenceOf(config, classes.length);
  const { family, config: network } = inference.architecture;
  const names = family.classEmbeddings?.(network);
  if (!names) return;
  const embeddings = weights.get(names.learned)!;
  const decoded = val && await decodedOf(model, inference, val);
  await writeAtomically(
    join(folder, "class_embeddings.json"),
    `{\n"classes": ${JSON.stringify(classes)},\n"palette": ${JSON.stringify(palette)},\n` +
      `"embeddings": ${rowsOf(embeddings)},\n"decoded": ${decoded ? rowsOf(decoded) : null}\n}\n`,
  );
}

/** The mean over images that are spread over the data set. */
async function decodedOf(
  { config, weights }: TrainedModel,
  { architecture, normalization }: Inference,
  val: Dataset,
): Promise<NDArray> {
  const count = Math.min(IMAGES, val.length);
  const indices = spreadIndices(val.length, count);
  const examples = await Promise.all(indices.map((index) => val.example(index)));
  const images = examples.map(({ image }) => {
    const { shape, data } = normalise(image, normalization);
    return { shape: [1, ...shape], data };
  });
  return await decodedClasses(architecture, weights, images, config.threads);
}

/** The rows of a matrix [classes, dim] or [1, classes, dim] as JSON, a line each. */
function rowsOf({ shape, data }: NDArray): string {
  const [count, dim] = shape.slice(-2) as [number, number];
  const rows = Array.from({ length: count }, (_, i) => {
    const row = Array.from(data.subarray(i * dim, (i + 1) * dim));
    return JSON.stringify(row.map((x) => Number(x.toPrecision(6))));
  });
  return `[\n${rows.join(",\n")}\n]`;
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
 * decomposed as it is: no mean is subtracted.
 */
export function classPlane(embeddings: NDArray): ClassPlane {
  const { values, columns } = singularCoordinates(embeddings);
  const [x, y] = columns as [number[], number[]];
  const total = values.reduce((sum, value) => sum + value ** 2, 0);
  return {
    points: x.map((value, i) => [value, y[i]!]),
    singularValues: values,
    explained: values.map((value) => value ** 2 / total),
  };
}

/**
 * The columns of U S of a matrix [classes, dim], the strongest first, and the singular values. A
 * direction's sign is free; here the class that lies furthest out along it is on the positive side.
 */
export function singularCoordinates(
  embeddings: NDArray,
): { readonly values: number[]; readonly columns: number[][] } {
  const svd = new SVD(matrixOf(embeddings), { autoTranspose: true });
  const values = svd.diagonal;
  const columns = values.map((value, k) => {
    const along = svd.leftSingularVectors.getColumn(k).map((u) => u * value);
    const furthest = along.reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a);
    return along.map((x) => furthest < 0 ? -x : x);
  });
  return { values, columns };
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
