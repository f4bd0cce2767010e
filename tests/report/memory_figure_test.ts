import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { memoryOverImages } from "../../lib/report/memory_figure.ts";

const samples = [10, 20, 1000].map((images) => ({ images, mebibytes: 300 + images / 100 }));

Deno.test("memoryOverImages() draws a line a process from 0 MiB on and names its axes", () => {
  const { svg } = memoryOverImages([
    { label: "windows", samples },
    { label: "whole images", samples: samples.slice(0, 2) },
  ]);
  const texts = ["windows", "whole images", "images evaluated →", "↑ resident memory (MiB)", "0"];
  for (const text of texts) assertStringIncludes(svg, `>${text}<`);
  assertEquals(svg.match(/<path[^>]* stroke="#(1b6ca8|d1531f)"/g)?.length, 2);
  assert(!/NaN|undefined/.test(svg));
});

Deno.test("memoryOverImages() refuses to draw nothing", () => {
  assertThrows(() => memoryOverImages([]), RangeError, "needs at least one sample, got none");
});
