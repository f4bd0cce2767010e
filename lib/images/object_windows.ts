import { rotatedMap } from "./rotated_window.ts";
import { nearestInto, type Window } from "./window.ts";
import { type Objects, withPixels } from "./objects.ts";

/** The objects that a window shows, nearest as `nearestLabels` takes labels; what is cut away is gone. */
export function nearestObjects(objects: Objects, window: Window): Objects {
  const { width, height } = window;
  const data = new Int32Array(width * height);
  nearestInto(objects, window, data);
  return withPixels({ width, height, data, segments: objects.segments });
}

/** The objects of a turned window, as `rotatedLabels` takes labels; outside of the image there are none. */
export function rotatedObjects(objects: Objects, window: Window, radians: number): Objects {
  const { width, height } = window;
  const data = new Int32Array(width * height);
  rotatedMap(objects, window, radians, data, 0);
  return withPixels({ width, height, data, segments: objects.segments });
}

/** Objects in the upper left corner of a square map, with none at its right and bottom. */
export function paddedObjects(objects: Objects, side: number): Objects {
  const { width, height, data: source } = objects;
  if (width === side && height === side) return objects;
  const data = new Int32Array(side * side);
  for (let y = 0; y < height; y++) {
    data.set(source.subarray(y * width, (y + 1) * width), y * side);
  }
  return { ...objects, width: side, height: side, data };
}

/**
 * Objects with those of another image in some pixels, [h, w] as the first ones are: `isTaken` is true
 * where the other's show. What is hidden is gone; the others get ids that are free.
 */
export function mergedObjects(
  objects: Objects,
  other: Objects,
  isTaken: (x: number, y: number) => boolean,
): Objects {
  const { width, height } = objects;
  const first = objects.segments.reduce((most, { id }) => Math.max(most, id), 0);
  const ids = new Map(other.segments.map(({ id }, i) => [id, first + 1 + i]));
  const data = objects.data.slice();
  for (let y = 0; y < Math.min(height, other.height); y++) {
    for (let x = 0; x < Math.min(width, other.width); x++) {
      if (!isTaken(x, y)) continue;
      const id = other.data[y * other.width + x]!;
      data[y * width + x] = id === 0 ? 0 : ids.get(id)!;
    }
  }
  const renamed = other.segments.map((segment) => ({ ...segment, id: ids.get(segment.id)! }));
  return withPixels({ width, height, data, segments: [...objects.segments, ...renamed] });
}
