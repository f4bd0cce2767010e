import { assert, assertEquals } from "@std/assert";
import { withoutIslands } from "../../lib/annotations/islands.ts";
import { keyhole } from "../../lib/annotations/keyhole.ts";
import { outlineFault } from "../../lib/annotations/outline.ts";
import { outlinesOf } from "../../lib/annotations/outlines.ts";
import { paint } from "../../lib/annotations/patch.ts";
import { polygonPatch } from "../../lib/annotations/polygon.ts";
import type { Point } from "../../lib/annotations/simplify.ts";
import { traceRegions } from "../../lib/annotations/trace.ts";
import type { LabelMap } from "../../lib/images/image.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { labelMap } from "../data/fixtures.ts";

/** A label that no map here has: pixels that no polygon covers, or two do. */
const NONE = 200;

/** What polygons give back in any order, since none covers another's pixels where all is well. */
function redrawn(labels: LabelMap, tolerance: number): LabelMap {
  const { width, height } = labels;
  const data = new Uint8Array(width * height).fill(NONE);
  for (const { polygon, label } of outlinesOf(labels, { tolerance, minArea: 1 })) {
    const fault = outlineFault(polygon, labels);
    assertEquals(fault, null);
    paint(polygonPatch(polygon, labels), label, { width, height, data });
  }
  return { width, height, data };
}

function shareKept(labels: LabelMap, tolerance: number): number {
  const { data } = redrawn(labels, tolerance);
  return labels.data.reduce((same, label, i) => same + Number(data[i] === label), 0) / data.length;
}

const pointCount = (labels: LabelMap, tolerance: number) =>
  outlinesOf(labels, { tolerance, minArea: 1 })
    .reduce((sum, { polygon }) => sum + polygon.length / 2, 0);

const far = (x: number, y: number) => Math.max(Math.abs(x - 30), Math.abs(y - 30));

/** Masks on which tracing goes wrong first. */
const awkward: Readonly<Record<string, LabelMap>> = {
  "one label": labelMap(3, 2, () => 1),
  "one pixel": labelMap(1, 1, () => 4),
  "a pixel in the middle": labelMap(3, 3, (x, y) => x === 1 && y === 1 ? 1 : 0),
  "a chessboard, all corners touching": labelMap(12, 11, (x, y) => (x + y) % 2),
  "a diagonal line": labelMap(40, 40, (x, y) => x === y ? 1 : 0),
  "two diagonal lines that cross": labelMap(21, 21, (x, y) => x === y || x + y === 20 ? 1 : 0),
  "lines of one pixel": labelMap(60, 40, (x, y) => x % 5 === 2 ? 1 : y % 7 === 3 ? 2 : 0),
  "a slanting line of one pixel between two regions": labelMap(
    100,
    60,
    (x, y) => Math.abs(y - x * 0.37 - 5) < 0.6 ? 1 : y > x * 0.8 ? 2 : 0,
  ),
  "squares in squares": labelMap(61, 61, (x, y) => Math.floor(far(x, y) / 4) % 2),
  "rings in rings": labelMap(61, 61, (x, y) => Math.floor(Math.hypot(x - 30, y - 30) / 4) % 3),
  "holes that touch the outer boundary with a corner": labelMap(
    8,
    8,
    (x, y) => ["01111110", "10111101", "11011011", "11100111"][y % 4]!.charCodeAt(x) - 48,
  ),
  "regions at all borders": labelMap(
    50,
    40,
    (x, y) => Math.hypot(x, y) < 15 ? 1 : Math.hypot(x - 49, y - 39) < 20 ? 2 : y === 0 ? 3 : 0,
  ),
  "a comb with teeth of one pixel": labelMap(31, 12, (x, y) => y < 2 || x % 2 === 0 ? 1 : 0),
  "noise": labelMap(
    40,
    40,
    (x, y) => (Math.imul(x * 31 + y * 1009 + x * y, 2654435761) >>> 13) % 3,
  ),
};

Deno.test("outlinesOf() gives polygons that fill to the very same pixels at tolerance 0", () => {
  for (const [name, labels] of Object.entries(awkward)) {
    assertEquals(shareKept(labels, 0), 1, name);
  }
});

Deno.test("outlinesOf() keeps 99 % of the pixels of awkward masks at tolerance 0.5", () => {
  for (const [name, labels] of Object.entries(awkward)) {
    const kept = shareKept(labels, 0.5);
    assert(kept >= 0.99, `${name}: ${kept}`);
    assert(pointCount(labels, 0.5) <= pointCount(labels, 0), name);
  }
});

Deno.test("outlinesOf() keeps 99.9 % of drawn scenes at tolerance 0.5 with 30 % fewer points", async () => {
  const dataset = scenes({ seed: 3, split: "val", length: 4, size: 192 });
  for (let i = 0; i < 4; i++) {
    const { labels } = await dataset.example(i);
    assertEquals(shareKept(labels, 0), 1);
    const kept = shareKept(labels, 0.5);
    assert(kept >= 0.999, `scene ${i}: ${kept}`);
    assert(pointCount(labels, 0.5) < 0.7 * pointCount(labels, 0));
    assert(pointCount(labels, 2) < pointCount(labels, 0.5));
  }
});

Deno.test("outlinesOf() keeps the corners of things and cuts through the steps of slanting lines", () => {
  const square = labelMap(12, 12, (x, y) => x >= 3 && x < 9 && y >= 2 && y < 10 ? 1 : 0);
  const [, inside] = outlinesOf(square, { tolerance: 0.5, minArea: 1 });
  const corners = inside!.outer.map(String).sort();
  assertEquals(corners, ["3,10", "3,2", "9,10", "9,2"]);
  const halves = labelMap(30, 30, (x, y) => y > x ? 1 : 0);
  const [upper, lower] = outlinesOf(halves, { tolerance: 0.5, minArea: 1 });
  assert(upper!.outer.length <= 6 && lower!.outer.length <= 6, `${upper!.outer.join(" ")}`);
});

Deno.test("traceRegions() counts pixels and holes of each connected region", () => {
  const labels = labelMap(
    7,
    5,
    (x, y) => ["0000000", "0111110", "0101010", "0111110", "0000000"][y]!.charCodeAt(x) - 48,
  );
  const found = traceRegions(labels).map(({ label, area, holes }) => [label, area, holes.length]);
  assertEquals(found, [[0, 20, 1], [1, 13, 2], [0, 1, 0], [0, 1, 0]]);
});

Deno.test("outlinesOf() gives islands below the least area the label around them", () => {
  const labels = labelMap(
    9,
    5,
    (x, y) =>
      ["000000000", "011000200", "011000030", "000000000", "000001111"][y]!.charCodeAt(x) - 48,
  );
  const areas = (minArea: number) =>
    outlinesOf(labels, { tolerance: 0, minArea }).map(({ label, area }) => [label, area]);
  assertEquals(areas(1), [[0, 35], [1, 4], [2, 1], [3, 1], [1, 4]]);
  assertEquals(areas(2), [[0, 37], [1, 4], [1, 4]]);
  assertEquals(areas(5), [[0, 45]]);
  assertEquals(areas(100), [[0, 45]]);
  const chess = labelMap(6, 6, (x, y) => (x + y) % 2);
  assertEquals(new Set(withoutIslands(chess, 2).data).size, 1, "nothing is large enough to stay");
});

Deno.test("keyhole() reaches holes behind holes, and none outside", () => {
  const square = (x: number, y: number, side: number): Point[] => [
    [x, y],
    [x, y + side],
    [x + side, y + side],
    [x + side, y],
  ];
  const outer = square(0, 0, 20).reverse();
  const holes = [square(12, 8, 2), square(2, 7, 3), square(7, 8, 2)];
  const polygon = keyhole(outer, holes)!.flat();
  const { bits, width } = polygonPatch(polygon, { width: 20, height: 20 });
  assertEquals(bits.reduce((sum, bit) => sum + bit, 0), 400 - 9 - 4 - 4);
  assertEquals([bits[8 * width + 13], bits[8 * width + 11], bits[8 * width + 3]], [0, 1, 0]);
  assertEquals(keyhole(square(10, 0, 5), [square(2, 2, 2)]), null);
});
