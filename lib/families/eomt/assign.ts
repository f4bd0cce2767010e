import { linearSumAssignment } from "linear-sum-assignment";
import type { NDArray } from "../../array.ts";

/** One query and the object that it answers for. */
export interface Pair {
  readonly query: number;
  readonly object: number;
}

/**
 * The pairs of least cost in all, each query and each object in at most one and as many as there can be, of
 * costs [queries, objects] (Hungarian matching); in the order of the queries.
 */
export function assigned({ shape, data }: NDArray): readonly Pair[] {
  const [queries, objects] = shape as [number, number];
  if (queries === 0 || objects === 0) return [];
  const bad = data.find((cost) => !Number.isFinite(cost));
  if (bad !== undefined) {
    throw new RangeError(
      `Cannot match queries to objects: finite costs needed, got ${bad}; lower the learning rate`,
    );
  }
  const rows = Array.from(
    { length: queries },
    (_, query) => Array.from(data.subarray(query * objects, (query + 1) * objects)),
  );
  const { rowAssignments } = linearSumAssignment(rows, { maximaze: false });
  return [...rowAssignments].flatMap((object, query) => object < 0 ? [] : [{ query, object }]);
}
