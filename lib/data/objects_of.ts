import { IGNORE, type LabelMap } from "../images/image.ts";
import type { Objects, Segment } from "../images/objects.ts";
import { regionsOf } from "../images/regions.ts";

/**
 * The objects that a label map says [h, w], with the ids of things [h, w] (0 for none) where there are
 * any. All pixels of a class of stuff are one object. Of a class of things, those of one id are one, and
 * those without an id are a group that nobody has told apart; without ids, each 8-connected component
 * is taken for one thing. Objects are numbered from 1 in the order of their first pixels.
 */
export function objectsOf(
  labels: LabelMap,
  instances: ArrayLike<number> | null,
  things: readonly boolean[],
): Objects {
  const { width, height } = labels;
  if (instances !== null && instances.length !== labels.data.length) {
    throw new RangeError(
      `Cannot tell the objects of an image apart: an id for each of its ${width}×${height} pixels ` +
        `needed, got ${instances.length}`,
    );
  }
  const data = new Int32Array(width * height);
  const segments: Segment[] = [];
  const ids = new Map<number, number>();
  const idOf = (label: number, given: number): number => {
    if (label === IGNORE) return 0;
    const isThing = requireKnown(things, label);
    const thing = isThing ? given : 0;
    const key = thing * (IGNORE + 1) + label;
    const id = ids.get(key) ?? segments.length + 1;
    if (id > segments.length) {
      ids.set(key, id);
      segments.push({ id, class: label, ...isThing && thing === 0 && { isCrowd: true } });
    }
    return id;
  };
  const given = instances ?? componentsOf(labels);
  for (let i = 0, label = -1, thing = -1, id = 0; i < data.length; i++) {
    if (labels.data[i] !== label || given[i] !== thing) { // both come in runs: look each run up once
      [label, thing] = [labels.data[i]!, given[i]!];
      id = idOf(label, thing);
    }
    data[i] = id;
  }
  return { width, height, data, segments };
}

function requireKnown(things: readonly boolean[], label: number): boolean {
  const isThing = things[label];
  if (isThing !== undefined) return isThing;
  throw new RangeError(
    `Cannot tell the objects of an image apart: whether class ${label} is of things or of stuff ` +
      `needed, got that of ${things.length} classes`,
  );
}

/** The component of each pixel [h, w], from 1 on. */
function componentsOf(labels: LabelMap): Int32Array {
  const { rows, ends, regions } = regionsOf(labels, null);
  const data = new Int32Array(labels.data.length);
  for (let y = 0; y < labels.height; y++) {
    for (let run = rows[y]!, x = 0; run < rows[y + 1]!; x = ends[run++]!) {
      data.fill(regions[run]! + 1, y * labels.width + x, y * labels.width + ends[run]!);
    }
  }
  return data;
}
