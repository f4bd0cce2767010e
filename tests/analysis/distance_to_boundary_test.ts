import { assertEquals } from "@std/assert";
import { distancesToBoundary } from "../../lib/analysis/distance_to_boundary.ts";
import type { LabelMap } from "../../lib/images/image.ts";
import { stream } from "../../lib/random.ts";
import { boundaryOf } from "../../lib/scoring/boundary_iou.ts";

function map(rows: readonly string[]): LabelMap {
  return {
    width: rows[0]!.length,
    height: rows.length,
    data: Uint8Array.from(rows.join(""), (sign) => sign === "." ? 255 : Number(sign)),
  };
}

Deno.test("distancesToBoundary() counts steps in eight directions", () => {
  assertEquals([...distancesToBoundary(map(["00001", "00000", "00000"]))], [
    ...[4, 3, 2, 1, 1],
    ...[4, 3, 2, 1, 1],
    ...[4, 3, 2, 2, 2],
  ]);
  assertEquals([...distancesToBoundary(map(["0.0"]))], [1, 1, 1]); // unlabelled is another label
  assertEquals([...distancesToBoundary(map(["00", "00"]))], Array(4).fill(Infinity));
});

Deno.test("distancesToBoundary() is what a search of all pixels gives", () => {
  const random = stream("distances", 1);
  const [width, height] = [23, 17];
  const data = new Uint8Array(width * height);
  for (let patch = 0; patch < 9; patch++) {
    const [left, top] = [Math.floor(random.uniform() * 18), Math.floor(random.uniform() * 12)];
    for (let y = top; y < top + 5; y++) data.fill(patch, y * width + left, y * width + left + 5);
  }
  const distances = distancesToBoundary({ width, height, data });
  for (let i = 0; i < data.length; i++) {
    let nearest = Infinity;
    for (let k = 0; k < data.length; k++) {
      if (data[k] === data[i]) continue;
      const [dx, dy] = [k % width - i % width, Math.floor(k / width) - Math.floor(i / width)];
      nearest = Math.min(nearest, Math.max(Math.abs(dx), Math.abs(dy)));
    }
    assertEquals(distances[i], nearest, `pixel ${i}`);
  }
});

Deno.test("distancesToBoundary() has the pixels of boundary IoU's boundary within its distance", () => {
  // Inside the image, whose border is a boundary there and none here.
  const rows = Array.from({ length: 30 }, (_, y) => (y < 15 ? "0" : "1").repeat(30));
  const labels = map(rows);
  const [near, distances] = [boundaryOf(labels, 3), distancesToBoundary(labels)];
  for (let y = 3; y < 27; y++) {
    for (let x = 3; x < 27; x++) {
      assertEquals(distances[30 * y + x]! <= 3, near[30 * y + x] !== 255, `${x}, ${y}`);
    }
  }
});
