import { assertEquals, assertThrows } from "@std/assert";
import { instancesOf, objectsOfInstances } from "../../lib/images/instances.ts";
import {
  areaOfRuns,
  boxOfRuns,
  commonPixels,
  runsOfMask,
  runsOfObjects,
} from "../../lib/images/mask_runs.ts";
import { stream } from "../../lib/random.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { assertSame } from "../same.ts";

Deno.test("runsOfMask() goes down the columns, outside first", () => {
  assertEquals(runsOfMask([0, 1, 0, 1, 1, 0], 3, 2).counts, [1, 3, 2]);
  assertEquals(runsOfMask([1, 1, 0, 0], 2, 2).counts, [0, 1, 1, 1, 1]);
  assertEquals(runsOfMask([0, 0], 2, 1).counts, [2]);
  assertEquals(runsOfMask([1, 1], 2, 1).counts, [0, 2]);
});

Deno.test("masks survive as runs, with their areas, boxes and what they share", () => {
  const random = stream("runs", 0);
  const [width, height] = [13, 7];
  for (const share of [0, 0.1, 0.5, 0.9, 1]) {
    const draw = () =>
      Uint8Array.from({ length: width * height }, () => random.uniform() < share ? 1 : 0);
    const [a, b] = [draw(), draw()];
    const [runs, others] = [runsOfMask(a, width, height), runsOfMask(b, width, height)];
    const instance = { class: 0, score: 1, mask: runs };
    assertSame(objectsOfInstances([instance], { width, height }).data, Int32Array.from(a));
    assertEquals(areaOfRuns(runs), a.reduce((sum, bit) => sum + bit, 0));
    assertEquals(commonPixels(runs, others), a.reduce((sum, bit, i) => sum + (bit & b[i]!), 0));
    const pixels = [...a.keys()].filter((i) => a[i]);
    const xs = pixels.map((i) => i % width);
    const ys = pixels.map((i) => Math.floor(i / width));
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const box = [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
    assertEquals([...boxOfRuns(runs)], pixels.length === 0 ? [0, 0, 0, 0] : box);
  }
});

Deno.test("runsOfObjects() gives each object's mask", async () => {
  const data = scenes({ seed: 2, split: "val", length: 1, size: 48 });
  const objects = await data.objects!(0);
  const runs = runsOfObjects(objects);
  assertEquals(runs.size, objects.segments.length);
  for (const { id } of objects.segments) {
    assertSame(runs.get(id), runsOfMask(objects.data.map((one) => one === id ? 1 : 0), 48, 48));
  }
});

Deno.test("objectsOfInstances() gives back the things of a picture", async () => {
  const data = scenes({ seed: 2, split: "val", length: 1, size: 48 });
  const objects = await data.objects!(0);
  const instances = instancesOf(objects, data.things!);
  const back = objectsOfInstances(instances, objects);
  assertSame(instancesOf(back, data.things!), instances);
  assertEquals(back.segments.length, instances.length);
});

Deno.test("objectsOfInstances() lets later ones hide earlier ones", () => {
  const [a, b] = [[1, 1, 1, 0], [0, 1, 1, 1]].map((mask, i) => {
    return { class: i, score: 0.5, mask: runsOfMask(mask, 4, 1) };
  });
  const size = { width: 4, height: 1 };
  const hidden = objectsOfInstances([a!, b!], size);
  assertEquals([...hidden.data], [1, 2, 2, 2]);
  assertEquals(objectsOfInstances([b!, b!], size).segments, [{ id: 2, class: 1, score: 0.5 }]);
  const other = { width: 2, height: 2 };
  assertThrows(() => objectsOfInstances([a!], other), RangeError, "2×2 pixels needed, got 4×1");
});
