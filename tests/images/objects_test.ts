import { assertEquals, assertThrows } from "@std/assert";
import {
  areasOf,
  checkObjects,
  labelsOf,
  type Objects,
  thingsAmong,
  withPixels,
} from "../../lib/images/objects.ts";
import { mergedObjects } from "../../lib/images/object_windows.ts";

const objects: Objects = {
  width: 3,
  height: 2,
  data: Int32Array.of(9, 9, 0, 4, 70000, 9),
  segments: [
    { id: 9, class: 1 },
    { id: 4, class: 0, isCrowd: true },
    { id: 70000, class: 2 },
    { id: 5, class: 2 },
  ],
};

Deno.test("withPixels() drops segments that no pixel is of", () => {
  assertEquals([...areasOf(objects)], [[9, 3], [4, 1], [70000, 1]]);
  assertEquals(withPixels(objects).segments.map(({ id }) => id), [9, 4, 70000]);
  const empty = { width: 2, height: 1, data: new Int32Array(2), segments: objects.segments };
  assertEquals(withPixels(empty).segments, []);
});

Deno.test("labelsOf() gives classes, and IGNORE where there is no object", () => {
  assertEquals([...labelsOf(objects).data], [1, 1, 255, 0, 2, 1]);
});

Deno.test("thingsAmong() leaves out what is stuff", () => {
  const { data, segments } = thingsAmong(objects, [false, false, true]);
  assertEquals([...data], [0, 0, 0, 0, 70000, 0]);
  assertEquals(segments.map(({ id }) => id), [70000, 5]);
});

Deno.test("mergedObjects() gives the other's objects free ids", () => {
  const { data, segments } = mergedObjects(objects, objects, (x, y) => x === 0 && y === 0);
  assertEquals([...data], [70001, 9, 0, 4, 70000, 9]);
  assertEquals(segments.map(({ id, class: index }) => [id, index]), [
    [9, 1],
    [4, 0],
    [70000, 2],
    [70001, 1],
  ]);
});

Deno.test("checkObjects() refuses maps and segments that do not belong together", () => {
  const refused = (change: Partial<Objects>, message: string) =>
    assertThrows(
      () => checkObjects({ ...objects, ...change }, 3, "Cannot score"),
      RangeError,
      `Cannot score: ${message}`,
    );
  checkObjects(objects, 3, "Cannot score");
  refused({ width: 4 }, "an id for each of 4×2 pixels needed, got 6");
  refused({ segments: objects.segments.slice(1) }, "a segment for each id of the map (or 0 for");
  refused(
    { segments: [...objects.segments, { id: 4, class: 1 }] },
    "another whole id from 1 to 16777215",
  );
  refused(
    { segments: [...objects.segments, { id: 0, class: 1 }] },
    "another whole id from 1 to 16777215",
  );
  refused({ segments: [{ id: 2 ** 24, class: 1 }] }, "another whole id from 1 to 16777215");
  refused({ segments: [{ id: 9, class: 3 }] }, "classes from 0 to 2 needed, got 3 of segment 9");
});
