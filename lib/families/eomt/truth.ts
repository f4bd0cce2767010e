import type { Fed, Truth } from "../../nn/model.ts";
import type { EomtConfig } from "./eomt.ts";

/** No object at a pixel. */
export const NO_OBJECT = 255;

/**
 * What queries are to find in a batch: `map` [b, h, w] has the number of each pixel's object, `hot` [b, objects,
 * classes + 1] its class, in rows of zeros where there is none, and `count` is how many there are in all.
 */
export interface Objects {
  readonly map: Fed;
  readonly hot: Fed;
  readonly count: Fed;
}

/**
 * The objects of a batch: of the semantic task each class that an image shows is one. Of more objects than the
 * configuration has room for the largest are taken; groups that nobody has told apart are none.
 */
export function objectsOf(
  { labels, objects }: Truth,
  { task, classes, objects: most }: EomtConfig,
): Objects {
  const [b, h, w] = labels.shape as [number, number, number];
  const map = new Uint8Array(b * h * w).fill(NO_OBJECT);
  const hot = new Float32Array(b * most * (classes + 1));
  if (task !== "semantic" && !objects) {
    throw new RangeError(
      `Cannot train for ${task} segmentation: data that tells objects apart needed, got classes alone`,
    );
  }
  let count = 0;
  for (let image = 0; image < b; image++) {
    const target = map.subarray(image * h * w, (image + 1) * h * w);
    const ids = task === "semantic"
      ? labels.data.subarray(image * h * w, (image + 1) * h * w)
      : objects![image]!.data;
    const classOf = task === "semantic"
      ? new Map(Array.from({ length: classes }, (_, label) => [label, label]))
      : classesOfIds(objects![image]!.segments);
    const slots = slotsOf(ids, classOf, most);
    for (let i = 0; i < ids.length; i++) target[i] = slots.get(ids[i]!) ?? NO_OBJECT;
    for (const [id, slot] of slots) {
      hot[(image * most + slot) * (classes + 1) + classOf.get(id)!] = 1;
      count++;
    }
  }
  return {
    map: { shape: [b, h, w], data: map },
    hot: { shape: [b, most, classes + 1], data: hot },
    count: { shape: [], data: Float32Array.of(Math.max(count, 1)) },
  };
}

function classesOfIds(segments: NonNullable<Truth["objects"]>[number]["segments"]) {
  return new Map(
    segments.filter(({ isCrowd = false }) => !isCrowd).map((
      segment,
    ) => [segment.id, segment.class]),
  );
}

/** A number for each object that has a class, of the largest ones, in the order of their ids. */
function slotsOf(
  ids: ArrayLike<number>,
  classOf: ReadonlyMap<number, number>,
  most: number,
): Map<number, number> {
  const areas = new Map<number, number>();
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (classOf.has(id)) areas.set(id, (areas.get(id) ?? 0) + 1);
  }
  const largest = [...areas].sort(([, a], [, b]) => b - a).slice(0, most);
  const chosen = largest.map(([id]) => id).sort((a, b) => a - b);
  return new Map(chosen.map((id, slot) => [id, slot]));
}
