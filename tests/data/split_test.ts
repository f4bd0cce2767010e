import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Divisible, folds, heldOutShare } from "../../lib/data/split.ts";

/** A hundred images of twenty videos; class 1 is in three videos, class 2 in one, class 3 in two images. */
const images: readonly Divisible[] = Array.from({ length: 100 }, (_, i) => {
  const present = new Set([0]);
  if (i % 5 === 0 && i < 15) present.add(1);
  if (i < 2) present.add(2);
  if (i === 50 || i === 80) present.add(3);
  return { name: `video${Math.floor(i / 5)}_${i}`, present };
});

const has = (indices: readonly number[], label: number) =>
  indices.filter((index) => images[index]!.present.has(label)).length;

Deno.test("heldOutShare() takes a share, of rare classes too, and the same one by the same seed", () => {
  for (const seed of [0, 1, 2, 3]) {
    const val = heldOutShare(images, 0.2, { seed });
    assert(Math.abs(val.length - 20) <= 1, `${val.length}`);
    assertEquals([has(val, 1), has(val, 2), has(val, 3)], [1, 1, 1]);
    assertEquals(heldOutShare(images, 0.2, { seed }), val);
  }
  assert(
    String(heldOutShare(images, 0.2, { seed: 0 })) !==
      String(heldOutShare(images, 0.2, { seed: 1 })),
  );
});

Deno.test("heldOutShare() keeps groups together, and leaves the class of one group to training", () => {
  for (const seed of [0, 1, 2]) {
    const val = heldOutShare(images, 0.2, { seed, groupBy: /^(video\d+)_/ });
    const videos = new Set(val.map((index) => Math.floor(index / 5)));
    assertEquals(val.length, 5 * videos.size);
    assertEquals([has(val, 1), has(val, 2), has(val, 3)], [1, 0, 1]);
  }
  assertThrows(
    () => heldOutShare(images, 0.2, { seed: 0, groupBy: /^clip/ }),
    RangeError,
    "video0_0",
  );
});

Deno.test("folds() holds out each example once", () => {
  const parts = folds(images, 5, { seed: 7 });
  assertEquals(parts.flat().sort((a, b) => a - b), images.map((_, i) => i));
  for (const part of parts) assert(Math.abs(part.length - 20) <= 1);
  assertEquals(parts.map((part) => has(part, 1)).sort(), [0, 0, 1, 1, 1]);
});
