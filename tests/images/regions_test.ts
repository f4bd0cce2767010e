import { assertEquals } from "@std/assert";
import type { LabelMap } from "../../lib/images/image.ts";
import { stream } from "../../lib/random.ts";
import { type Regions, regionsOf } from "../../lib/images/regions.ts";
import { blobs } from "../scoring/blobs.ts";
import { assertSame } from "../same.ts";

/** The region of every pixel, numbered in the order of their first pixels. */
function pixelsOf({ rows, ends, regions }: Regions): number[] {
  return rows.slice(1).flatMap((last, y) => {
    let start = 0;
    return ends.slice(rows[y]!, last).flatMap((end, i) => {
      const pixels = new Array<number>(end - start).fill(regions[rows[y]! + i]!);
      start = end;
      return pixels;
    });
  });
}

/** The same by flooding from each pixel over its eight neighbours. */
function flooded({ width, height, data }: LabelMap): number[] {
  const regions = new Array<number>(data.length).fill(-1);
  let count = 0;
  for (let seed = 0; seed < data.length; seed++) {
    if (regions[seed] !== -1) continue;
    const open = [seed];
    regions[seed] = count;
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      const [x, y] = [i % width, Math.floor(i / width)];
      for (let other = 0; other < 9; other++) {
        const [nx, ny] = [x + other % 3 - 1, y + Math.floor(other / 3) - 1];
        const n = ny * width + nx;
        if (nx < 0 || nx >= width || ny < 0 || ny >= height) continue;
        if (regions[n] !== -1 || data[n] !== data[i]) continue;
        regions[n] = count;
        open.push(n);
      }
    }
    count++;
  }
  return regions;
}

function rows(...texts: string[]): LabelMap {
  const data = Uint8Array.from(texts.join(""), Number);
  return { width: texts[0]!.length, height: texts.length, data };
}

Deno.test("regionsOf() joins pixels that touch by a corner", () => {
  const map = rows("1002", "0100", "0010");
  const { areas } = regionsOf(map, null);
  // The diagonal of ones parts the zeros' edges, not their corners.
  assertEquals(areas, [3, 8, 1]);
  assertEquals(pixelsOf(regionsOf(map, null)), flooded(map));
});

Deno.test("regionsOf() gives the components that flooding finds", () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = stream("regions", seed);
    const map = blobs(9 + seed, 23 - seed, 3, random);
    if (seed % 2 === 0) map.data.forEach((_, i) => map.data[i] = random.integer(0, 3));
    const regions = regionsOf(map, null);
    const expected = flooded(map);
    assertSame(pixelsOf(regions), expected);
    const areas = regions.areas.map((_, region) => expected.filter((r) => r === region).length);
    assertEquals([...regions.areas], areas);
  }
});

Deno.test("regionsOf() takes instances where there are ids, in however many parts", () => {
  const map = rows("111011", "111000", "001110");
  const ids = Uint16Array.from([5, 5, 6, 0, 5, 5, 5, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  // 5: four pixels on the left, two on the right; 6: two; ones without an id: three; zeros: 5 and 2.
  assertEquals(regionsOf(map, ids).areas.toSorted((a, b) => a - b), [2, 2, 3, 5, 6]);
  const { regions, rows: starts } = regionsOf(map, ids);
  assertEquals(regions[0], regions[starts[1]! - 1]);
});
