import { assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import { areaOf, paint, union } from "../../lib/annotations/patch.ts";
import { polygonPatch } from "../../lib/annotations/polygon.ts";
import { columnPatch, compressedRuns, runFault } from "../../lib/annotations/run_lengths.ts";

interface Case {
  readonly height: number;
  readonly width: number;
  readonly polygons: readonly (readonly number[])[];
  readonly compressed: string;
  readonly area: number;
}

// pycocotools 2.0.11: frPyObjects of these polygons, and merge
const reference = new URL("polygons.json", import.meta.url);
const { cases } = JSON.parse(await readFile(reference, "utf8")) as { cases: readonly Case[] };

function filled(extent: { width: number; height: number }, patch: Parameters<typeof paint>[0]) {
  const map = { ...extent, data: new Uint8Array(extent.width * extent.height) };
  paint(patch, 1, map);
  return map.data;
}

Deno.test("polygonPatch() gives pycocotools' pixels, and union() those of several polygons", () => {
  for (const { width, height, polygons, compressed, area } of cases) {
    const extent = { width, height };
    const runs = compressedRuns(compressed);
    assertEquals(runFault(runs, extent), null);
    const patch = union(polygons.map((polygon) => polygonPatch(polygon, extent)));
    assertEquals(areaOf(patch), area, JSON.stringify(polygons));
    assertEquals(filled(extent, patch), filled(extent, columnPatch(runs, extent)));
  }
});

Deno.test("polygonPatch() is empty where a polygon lies beside the image", () => {
  for (const polygon of [[20, 20, 30, 20, 30, 30], [-9, -9, -5, -9, -5, -5], []]) {
    assertEquals(areaOf(polygonPatch(polygon, { width: 8, height: 8 })), 0);
  }
});
