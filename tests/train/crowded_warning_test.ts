import { assertEquals } from "@std/assert";
import type { Batch } from "../../lib/data/batches.ts";
import { crowdedWarning } from "../../lib/train/crowded_warning.ts";

/** A batch of one crop with so many objects of one pixel each, and a group of one pixel. */
function batchOf(count: number): Batch {
  const ids = Array.from({ length: count + 1 }, (_, i) => i + 1);
  const segments = ids.map((id) => ({ id, class: 0, isCrowd: id > count }));
  return {
    step: 0,
    images: { shape: [1, 3, 1, count + 1], data: new Float32Array(3 * (count + 1)) },
    labels: { shape: [1, 1, count + 1], data: new Uint8Array(count + 1) },
    objects: [{ width: count + 1, height: 1, data: Int32Array.from(ids), segments }],
    unlabelled: [],
  };
}

Deno.test("crowdedWarning() says once, with numbers, that a crop has more objects than are learned", () => {
  const said: string[] = [];
  const warn = crowdedWarning(3, (text) => void said.push(text));
  warn([batchOf(2), batchOf(3)]); // a group is no object
  assertEquals(said, []);
  warn([batchOf(2), batchOf(7)]);
  warn([batchOf(9)]);
  assertEquals(said.map((text) => text.split(";")[0]), [
    "Warning: a crop shows 7 objects, of which the network learns the 3 largest",
  ]);
});

Deno.test("crowdedWarning() says nothing when classes alone are learned", () => {
  const warn = crowdedWarning(null, (text) => {
    throw new Error(text);
  });
  warn([batchOf(300)]);
});
