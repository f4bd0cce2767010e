import { assertEquals } from "@std/assert";
import type { LabelMap } from "../../lib/images/image.ts";
import { stream } from "../../lib/random.ts";
import { boundaryDistance, BoundaryIou, boundaryOf } from "../../lib/scoring/boundary_iou.ts";
import { labelMap } from "../data/fixtures.ts";
import { blobs } from "./blobs.ts";
import { assertSame } from "../same.ts";

/** The paper's way, written anew: a class's mask less `distance` erosions by a 3×3 square. */
function boundaryByErosion({ width, height, data }: LabelMap, label: number, distance: number) {
  const mask = Array.from(data, (value) => value === label);
  let eroded = mask;
  for (let step = 0; step < distance; step++) {
    const before = eroded;
    const at = (x: number, y: number) =>
      x >= 0 && x < width && y >= 0 && y < height && before[y * width + x];
    eroded = before.map((_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return [-1, 0, 1].every((dy) => [-1, 0, 1].every((dx) => at(x + dx, y + dy)));
    });
  }
  return mask.map((inside, i) => inside && !eroded[i]);
}

Deno.test("boundaryOf() is what repeated erosion leaves of each class", () => {
  for (const [seed, width, height] of [[1, 31, 17], [2, 12, 40], [3, 7, 5], [4, 1, 9]] as const) {
    const map = blobs(width, height, 4, stream("boundary", seed));
    for (const distance of [1, 2, 3, 20]) {
      const boundary = boundaryOf(map, distance);
      for (let label = 0; label < 4; label++) {
        assertSame(
          Array.from(boundary, (value) => value === label),
          boundaryByErosion(map, label, distance),
          `class ${label} of ${width}×${height} within ${distance}`,
        );
      }
    }
  }
});

Deno.test("boundaryDistance() is 2 % of the diagonal, 1 at least", () => {
  assertEquals(boundaryDistance({ width: 480, height: 360 }), 12); // diagonal 600
  assertEquals(boundaryDistance({ width: 2048, height: 1024 }), 46); // 2289.7
  assertEquals(boundaryDistance({ width: 3, height: 4 }), 1);
});

Deno.test("BoundaryIou counts a shifted square's frame by hand", () => {
  // 10×10, so within 1 pixel. A square of 5×5 has a frame of 16 pixels; shifted by one column the
  // frames share 4 + 4 pixels of the upper and lower side, but for no column: see the picture.
  const square = (left: number) =>
    labelMap(10, 10, (x, y) => x >= left && x < left + 5 && y >= 2 && y < 7 ? 1 : 0);
  const boundary = new BoundaryIou(3);
  boundary.add(square(2), square(3));
  // Shared: columns 3 to 6 of the rows 2 and 6; the frames' columns 2, 6 and 3, 7 do not meet.
  assertEquals(boundary.result().iou[1], 8 / (16 + 16 - 8));
  assertEquals(boundary.result().iou[2], NaN);
});

Deno.test("BoundaryIou is 1 when all is right, 0 when nothing is, and adds up over images", () => {
  const random = stream("boundary set", 1);
  const maps = [blobs(20, 30, 3, random), blobs(25, 14, 3, random)];
  const perfect = new BoundaryIou(3);
  for (const map of maps) perfect.add(map, map);
  assertEquals(perfect.result(), { mean: 1, iou: [1, 1, 1] });
  const wrong = new BoundaryIou(2);
  wrong.add(labelMap(8, 8, () => 0), labelMap(8, 8, () => 1));
  assertEquals(wrong.result(), { mean: 0, iou: [0, 0] });

  const counts = [0, 0];
  const both = new BoundaryIou(3);
  for (const labels of maps) {
    const prediction = blobs(labels.width, labels.height, 3, random);
    const ignored = { ...prediction, data: prediction.data.slice() };
    labels.data.forEach((label, i) => label === 255 && (ignored.data[i] = 255));
    both.add(labels, ignored);
    const [a, b] = [labels, ignored].map((map) => boundaryByErosion(map, 2, 1));
    a!.forEach((inside, i) => {
      if (inside && b![i]) counts[0]!++;
      if (inside || b![i]) counts[1]!++;
    });
  }
  assertEquals(both.result().iou[2], counts[0]! / counts[1]!);
});
