import { Matrix, SVD } from "ml-matrix";
import type { NDArray } from "../array.ts";
import type { OpenedModel } from "../models/open.ts";
import { shuffle, stream } from "../random.ts";
import { pairedEmbeddings } from "../report/embedding_figures.ts";
import type { Drawing } from "../report/picture.ts";
import { nanMean } from "../statistics.ts";
import { firstOf } from "../words.ts";
import { singularCoordinates } from "./class_embeddings.ts";
import {
  type ClassOptions,
  type EmbeddedClasses,
  embeddedClasses,
  pointsOf,
} from "./class_geometry.ts";
import { Finding } from "./finding.ts";
import { rounded } from "./maps.ts";

/** Two sets of vectors in one space, the second turned so that it lies as near to the first as it can. */
export interface Aligned {
  /** The first in its own singular directions, the strongest first [n, n]. */
  readonly first: readonly (readonly number[])[];
  /** The second, turned and mirrored, in the same directions [n, n]. */
  readonly second: readonly (readonly number[])[];
  /** The distance of both, as a share of the first's length (Frobenius norms): 0 where they agree. */
  readonly residual: number;
}

/**
 * The orthogonal Procrustes problem (Schönemann 1966): the rotation R, mirror images allowed, that
 * takes B [n, dim] nearest to A [n, dim] row by row. It is U Vᵀ of Bᵀ A = U S Vᵀ. Only lengths and
 * angles within each set matter, so both are written in their own singular directions before: R is
 * [n, n], and A and B may have different dims.
 */
export function procrustes(a: NDArray, b: NDArray): Aligned {
  const [count, other] = [a.shape[0]!, b.shape[0]!];
  if (count !== other) {
    throw new RangeError(
      `Cannot align: as many vectors as the ${count} of the first needed, got ${other}`,
    );
  }
  const [first, second] = [coordinates(a), coordinates(b)];
  const svd = new SVD(second.transpose().mmul(first));
  const rotation = svd.leftSingularVectors.mmul(svd.rightSingularVectors.transpose());
  const turned = second.mmul(rotation);
  const distance = Matrix.sub(first, turned).norm("frobenius");
  const residual = distance / first.norm("frobenius");
  return { first: first.to2DArray(), second: turned.to2DArray(), residual };
}

/** A matrix [n, dim] in its singular directions [n, n], with zeros where dim is less. */
function coordinates(vectors: NDArray): Matrix {
  const [count] = vectors.shape as [number, number];
  const { columns } = singularCoordinates(vectors);
  const result = Matrix.zeros(count, count);
  columns.slice(0, count).forEach((column, k) => result.setColumn(k, column));
  return result;
}

/** How near the classes of two networks come to each other when one is turned. */
export class ClassAlignment extends Finding {
  /** How its files are named. */
  override readonly name = "embeddings";

  /**
   * Takes what was aligned.
   *
   * @internal
   */
  constructor(
    /** What both networks are called. */
    readonly models: readonly [string, string],
    /** The classes that both have, in the order of the rows. */
    readonly classes: readonly string[],
    /** Where both lie. */
    readonly aligned: Aligned,
    /** The mean of `residual` where the second's classes are mixed up: what chance gives. */
    readonly chance: number,
    private readonly draw: () => Drawing,
  ) {
    super();
  }

  /** The distance of each class in both, as a share of its length in the first. */
  get distances(): number[] {
    const { first, second } = this.aligned;
    return first.map((row, i) =>
      Math.hypot(...row.map((x, k) => x - second[i]![k]!)) / Math.hypot(...row)
    );
  }

  /** What a terminal shows. */
  override text(): string {
    const { models: [first, second], classes, aligned: { residual }, chance } = this;
    return `Turned, the ${classes.length} classes of ${second} lie ${
      residual.toFixed(3)
    } from those ` +
      `of ${first} (0 where they agree; ${chance.toFixed(3)} where classes are mixed up).`;
  }

  /** All numbers. */
  override toJSON(): unknown {
    const { models, classes, aligned, chance, distances } = this;
    return {
      models,
      residual: rounded(aligned.residual),
      residual_of_mixed_up_classes: rounded(chance),
      classes: classes.map((name, i) => ({
        name,
        distance: rounded(distances[i]!),
        first: aligned.first[i]!.slice(0, 2).map((x) => rounded(x)),
        second: aligned.second[i]!.slice(0, 2).map((x) => rounded(x)),
      })),
    };
  }

  /** The pictures by what is added to the names of their files. */
  override pictures(): Promise<Readonly<Record<string, Drawing>>> {
    return Promise.resolve({ "": this.draw() });
  }
}

/** How often classes are mixed up to see what chance gives. */
const MIXED = 20;

/**
 * Aligns the class embeddings of two networks by the classes that both have (`procrustes`). They are
 * drawn in the first two singular directions of the first.
 */
export async function alignClasses(
  first: OpenedModel,
  second: OpenedModel,
  { names, ...options }: ClassOptions & { readonly names?: readonly [string, string] } = {},
): Promise<ClassAlignment> {
  const [a, b] = [await embeddedClasses(first, options), await embeddedClasses(second, options)];
  return alignEmbedded(a, b, names ?? [first.kind, second.kind]);
}

/** Aligns embeddings that are at hand, as those that runs store, as `alignClasses` does those of networks. */
export function alignEmbedded(
  a: EmbeddedClasses,
  b: EmbeddedClasses,
  names: readonly [string, string],
): ClassAlignment {
  const shared = a.classes.filter((name) => b.classes.includes(name));
  if (shared.length < 2) {
    throw new RangeError(
      `Cannot align class embeddings: at least 2 classes that both networks have needed, got ` +
        `${shared.length}: the first has ${firstOf(a.classes)}, the second ${firstOf(b.classes)}`,
    );
  }
  const rowsIn = (classes: readonly string[]) => shared.map((name) => classes.indexOf(name));
  const inFirst = rowsIn(a.classes);
  const mine = taken(a.embeddings, inFirst);
  const theirs = taken(b.embeddings, rowsIn(b.classes));
  const aligned = procrustes(mine, theirs);
  const random = stream("class_alignment", 1);
  const mixed = Array.from({ length: MIXED }, () => {
    const order = shuffle([...shared.keys()], random);
    return procrustes(mine, taken(theirs, order)).residual;
  });
  const of = <T>(values: readonly T[]) => inFirst.map((i) => values[i]!);
  const own = {
    classes: shared,
    palette: of(a.palette),
    groups: a.groups && of(a.groups),
  };
  const draw = () => {
    const [dots, rings] = [aligned.first, aligned.second].map((rows) =>
      pointsOf(own, rows.map(([x, y]) => [x!, y!] as const))
    );
    return pairedEmbeddings(
      dots!.map((dot, i) => ({ ...dot, x2: rings![i]!.x, y2: rings![i]!.y })),
      names,
    );
  };
  return new ClassAlignment(names, shared, aligned, nanMean(mixed), draw);
}

function taken({ shape, data }: NDArray, rows: readonly number[]): NDArray {
  const dim = shape[1]!;
  const chosen = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => chosen.set(data.subarray(row * dim, (row + 1) * dim), i * dim));
  return { shape: [rows.length, dim], data: chosen };
}
