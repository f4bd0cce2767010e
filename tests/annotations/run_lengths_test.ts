import { assertEquals, assertThrows } from "@std/assert";
import { readFile } from "node:fs/promises";
import { brushPatch } from "../../lib/annotations/brush.ts";
import { areaOf } from "../../lib/annotations/patch.ts";
import {
  columnPatch,
  compressedRuns,
  compressedText,
  rowPatch,
  runFault,
} from "../../lib/annotations/run_lengths.ts";
import { brushBytes } from "./brush_bytes.ts";

interface Case {
  readonly size: readonly [number, number];
  readonly compressed: string;
  readonly counts: readonly number[] | null;
  readonly area: number;
  readonly sum: number;
}

// pycocotools 2.0.11: mask.encode of random masks
const reference = new URL("run_lengths.json", import.meta.url);
const { cases } = JSON.parse(await readFile(reference, "utf8")) as { cases: readonly Case[] };

Deno.test("compressedRuns() and columnPatch() read what pycocotools has encoded", () => {
  for (const { size: [height, width], compressed, counts, area, sum } of cases) {
    const runs = compressedRuns(compressed);
    if (counts) assertEquals(runs, counts);
    assertEquals(runFault(runs, { width, height }), null);
    const patch = columnPatch(runs, { width, height });
    assertEquals(areaOf(patch), area);
    let places = 0;
    patch.bits.forEach((bit, i) => {
      const [x, y] = [i % patch.width + patch.left, Math.floor(i / patch.width) + patch.top];
      places += bit * (y * width + x);
    });
    assertEquals(places, sum);
  }
});

Deno.test("compressedText() writes what pycocotools has encoded", () => {
  for (const { compressed } of cases) {
    assertEquals(compressedText(compressedRuns(compressed)), compressed);
  }
});

Deno.test("compressedRuns() refuses signs that are none of it, and numbers without end", () => {
  for (const text of ["a b", "\x7f", "ooooooooooooooo", "o"]) {
    assertThrows(() => compressedRuns(text), SyntaxError, "Cannot read run lengths");
  }
});

Deno.test("runFault() says what runs lack", () => {
  assertEquals(runFault([3, 4], { width: 2, height: 4 }), "runs of 7 pixels for 2×4 (8)");
  assertEquals(runFault([9, -1], { width: 2, height: 4 }), "a run of -1 pixels");
});

Deno.test("rowPatch() reads the mask of CVAT's documentation", () => {
  // docs.cvat.ai, CVAT for images 1.1: <mask rle=… left="25" top="17" width="13" height="15">
  const runs = [3, 5, 7, 7, 5, 9, 3, 11, 2, 11, 2, 12, 1, 12, 1, 26, 1, 12, 1, 12, 2, 11, 3, 9, 5];
  const all = [...runs, 7, 7, 5, 3];
  const box = { left: 25, top: 17, width: 13, height: 15 };
  assertEquals(runFault(all, box), null);
  assertEquals([...rowPatch(all, box).bits.subarray(0, 13)], [
    0,
    0,
    0,
    1,
    1,
    1,
    1,
    1,
    0,
    0,
    0,
    0,
    0,
  ]);
});

Deno.test("brushPatch() reads runs and single numbers of rle-pack, and refuses another size", () => {
  const covered = [0, 0, 1, 1, 1, 0, 1, 0];
  const bytes = brushBytes(covered.flatMap((bit) => [255 * bit, 0, 0, 255 * bit]));
  assertEquals([...brushPatch(bytes, { width: 4, height: 2 }).bits], covered);
  assertThrows(
    () => brushPatch(bytes, { width: 4, height: 3 }),
    RangeError,
    "32 numbers for 4×3 pixels of 4 (48)",
  );
  assertThrows(
    () => brushPatch(bytes.subarray(0, 9), { width: 4, height: 2 }),
    RangeError,
    "break",
  );
});
