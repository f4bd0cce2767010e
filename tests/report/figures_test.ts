import * as Plot from "@observablehq/plot";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import sharp from "sharp";
import {
  accuracyVsSpeed,
  memoryOverImages,
  perClassIou,
  trainingCurves,
} from "../../lib/report/figures.ts";
import { joinedByPatch } from "../../lib/report/joined_points.ts";
import type { Drawing } from "../../lib/report/picture.ts";
import { renderPlot } from "../../lib/report/plot.ts";

const points = [
  { label: "T/8", family: "linear", patch: 8, imagesPerSecond: 3, mIoU: 0.7 },
  { label: "T/16", family: "linear", patch: 16, imagesPerSecond: 12, mIoU: 0.66 },
  { label: "T-Mask/16", family: "mask", patch: 16, imagesPerSecond: 11.5, mIoU: 0.655 },
];

function check(drawing: Drawing, texts: readonly string[]): void {
  for (const text of texts) assertStringIncludes(drawing.svg, `>${text}<`);
  assert(!/NaN|undefined|Infinity/.test(drawing.svg), "a number is missing");
}

Deno.test("accuracyVsSpeed() names every point and axis, and repeats", () => {
  const drawing = accuracyVsSpeed(points);
  const labels = ["T/8", "T/16", "T-Mask/16", "linear", "mask"];
  check(drawing, [...labels, "↑ mIoU (%)", "images per second →"]);
  assertEquals(accuracyVsSpeed(points).svg, drawing.svg);
});

Deno.test("accuracyVsSpeed() draws the deviation of seeds as bars", () => {
  const bars = (svg: string) => svg.includes('aria-label="rule"');
  const several = points.map((point) => ({ ...point, deviation: 0.01 }));
  assertEquals([points, several].map((points) => bars(accuracyVsSpeed(points).svg)), [false, true]);
});

Deno.test("joinedByPatch() joins patches, and not runs that have the same", () => {
  const again = { ...points[0]!, label: "T/8 random" };
  const labels = (all: typeof points) => joinedByPatch(all).map(({ label }) => label);
  assertEquals(labels(points), ["T/8", "T/16", "T-Mask/16"]);
  assertEquals(labels([...points, again]), ["T-Mask/16"]);
});

Deno.test("accuracyVsSpeed() draws one point and refuses none", () => {
  check(accuracyVsSpeed(points.slice(0, 1)), ["T/8"]);
  assertThrows(() => accuracyVsSpeed([]), RangeError, "needs at least one value, got none");
});

Deno.test("trainingCurves() draws seeds of a run as one line with a band, not as a zigzag", () => {
  const lines = (loss: number) => [1, 2, 3].map((step) => ({ step, "train/loss": loss / step }));
  const seeds = [1, 2, 3].map((loss) => ({ label: "run", lines: lines(loss) }));
  const { svg } = trainingCurves(seeds);
  const pathsOf = (svg: string, mark: string) =>
    new RegExp(`aria-label="${mark}"[^>]*>((?:<path[^>]*>(?:</path>)?)+)`).exec(svg)?.[1]
      ?.match(/<path/g)?.length;
  assertEquals([pathsOf(svg, "line"), pathsOf(svg, "area")], [1, 1]);
  const mean = trainingCurves([{ label: "run", lines: lines(2) }]).svg;
  const line = (svg: string) => /aria-label="line".*?d="(M[^"]*)"/.exec(svg)![1]!.split(",").length;
  assertEquals(line(svg), line(mean)); // a point a step
});

Deno.test("trainingCurves() draws loss with a running mean and shares in percent", () => {
  const lines = Array.from({ length: 90 }, (_, index) => ({
    step: index + 1,
    "train/loss": 2 / (index + 1),
    ...(index % 45 === 44 ? { "val/mIoU": index / 100 } : {}),
  }));
  const runs = [{ label: "first", lines }, { label: "second", lines: lines.slice(0, 50) }];
  check(trainingCurves(runs), ["first", "second", "↑ train/loss (nats per pixel)", "step →"]);
  check(trainingCurves(runs, "val/mIoU"), ["first", "↑ val/mIoU (%)"]);
});

Deno.test("perClassIou() puts the first run's best class on top and leaves out what does not occur", () => {
  const drawing = perClassIou([
    { label: "A", perClass: { pole: 0.01, sky: 0.9, void: null } },
    { label: "B", perClass: { pole: 0.2, sky: 0.8, void: null } },
  ]);
  check(drawing, ["A", "B", "pole", "sky", "void", "IoU (%) →"]);
  assert(drawing.svg.indexOf(">sky<") < drawing.svg.indexOf(">pole<"));
  assertEquals(drawing.svg.match(/<circle/g)?.length, 2 * 2 + 2); // and two of the legend
});

Deno.test("renderPlot() gives clip paths names of their own that repeat", () => {
  const line = (data: number[]) => renderPlot({ marks: [Plot.lineY(data, { clip: true })] }).svg;
  const [first, second, again] = [line([1, 2]), line([1, 3]), line([1, 2])];
  assertEquals(again, first);
  const id = (svg: string) => /url\(#([^)]+)\)/.exec(svg)?.[1];
  assert(id(first) !== id(second) && !/plot-clip/.test(first + second));
});

Deno.test("renderPlot() refuses a legend of Plot's, which is not SVG", () => {
  const dots = Plot.dot([[1, 2]], { fill: ["a"] });
  assertThrows(() => renderPlot({ color: { legend: true }, marks: [dots] }), TypeError, "legend");
});

Deno.test("Drawing saves SVG and white PNG of twice the size, and shows itself in a notebook", async () => {
  const folder = await Deno.makeTempDir({ prefix: "seglab-" });
  try {
    const drawing = accuracyVsSpeed(points);
    await drawing.save(join(folder, "plot"));
    assertEquals(await readFile(join(folder, "plot.svg"), "utf8"), drawing.svg);
    const { data, info } = await sharp(await readFile(join(folder, "plot.png"))).raw()
      .toBuffer({ resolveWithObject: true });
    assertEquals([info.width, info.height, info.channels], [1440, 880, 3]);
    assertEquals([...data.subarray(-3)], [255, 255, 255]);
    const show = drawing as unknown as Record<symbol, () => Record<string, string>>;
    assertEquals(show[Symbol.for("Jupyter.display")]!(), { "image/svg+xml": drawing.svg });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

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

Deno.test("perClassIou() gives runs with deviations lanes of their own, within 0 and 100 %", () => {
  const perClass = { road: 0.99, pole: 0.01 };
  const deviations = { road: 0.05, pole: 0.05 };
  const { svg } = perClassIou([{ label: "a", perClass, deviations }, { label: "b", perClass }]);
  const [, first, second] = svg.match(/translate\(0,-2\.75\)|translate\(0,2\.75\)/g) ?? [];
  assert(first !== undefined && second !== undefined);
  assert(!/NaN|undefined/.test(svg));
});
