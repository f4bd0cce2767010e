import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { confusionFigure } from "../../lib/report/confusion_figure.ts";
import type { Drawing } from "../../lib/report/picture.ts";
import { iouBySize, reliabilityDiagram } from "../../lib/report/score_figures.ts";

function check({ svg }: Drawing, texts: readonly string[]): void {
  for (const text of texts) assertStringIncludes(svg, `>${text}<`);
  assert(!/NaN|undefined|Infinity/.test(svg), "a number is missing");
}

const sizeOf = ({ svg }: Drawing) => /width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number);

Deno.test("confusionFigure() names the classes on both axes and writes shares of rows", () => {
  const drawing = confusionFigure({
    classes: ["road", "sky", "pole", "cat"],
    counts: [[75, 25, 0, 0], [1, 999, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
  });
  check(drawing, ["road", "sky", "pole", "75", "25", "100", "left out: classes in neither (1)"]);
  assert(!drawing.svg.includes(">cat<"));
  assertEquals(drawing.svg.match(/>pole</g)?.length, 2);
  assertEquals(drawing.svg.match(/fill="#f0f0f0"/g)?.length, 1); // the row without labels
  assertEquals(confusionFigure({ classes: ["a"], counts: [[3]] }).svg.match(/>a</g)?.length, 2);
});

Deno.test("confusionFigure() grows with the classes, so that names have room, without numbers", () => {
  const confusionOf = (n: number) => {
    const classes = Array.from({ length: n }, (_, i) => i < 2 ? "twice" : `class ${i}`);
    return { classes, counts: classes.map((_, i) => classes.map((_, j) => i === j ? 7 : 0)) };
  };
  const [few, many] = [19, 150].map((n) => confusionFigure(confusionOf(n)));
  check(many!, ["class 149"]);
  assertEquals(few!.svg.match(/>100</g)?.length, 19 + 2); // and the legend's two
  assertEquals(many!.svg.match(/>100</g)?.length, 2);
  assertEquals(many!.svg.match(/>twice</g)?.length, 4);
  const [width, height] = sizeOf(many!);
  assert(width! > 150 * 13 && height! > 150 * 13, `${width}×${height} is too small for names`);
});

Deno.test("confusionFigure() refuses counts that are not a row and a column for each class", () => {
  const counts = { classes: ["a", "b"], counts: [[1, 2]] };
  assertThrows(() => confusionFigure(counts), RangeError, "2 classes, at least one, got 1 rows");
  assertThrows(() => confusionFigure({ classes: [], counts: [] }), RangeError, "got 0 rows");
});

Deno.test("reliabilityDiagram() draws bins that have pixels, with their shares", () => {
  const bin = (from: number, share: number) => {
    const some = share > 0 ? 1 : NaN;
    return { from, to: from + 0.25, share, confidence: some * from + 0.1, accuracy: some * from };
  };
  const drawing = reliabilityDiagram([
    bin(0, 0),
    bin(0.25, 0.0004),
    bin(0.5, 0.04),
    bin(0.75, 0.9596),
  ]);
  check(drawing, ["&lt;0.1 %", "4.0 %", "96 %", "confidence (%) →", "↑ accuracy (%)"]);
  check(drawing, ["top row: share of all pixels"]);
  assertThrows(() => reliabilityDiagram([bin(0, 0)]), RangeError, "got none");
});

Deno.test("iouBySize() draws a bar for each run and size that has instances", () => {
  const size = (mean: number, instances: number) => ({ mean, instances });
  const sizes = { small: size(0.31, 1234), medium: size(NaN, 0), large: size(0.7, 3) };
  const drawing = iouBySize([{ label: "A", sizes }, { label: "B", sizes }]);
  check(drawing, ["A", "B", "small", "(1,234 instances)", "(0 instances)", "31.0", "70.0"]);
  assertEquals(drawing.svg.match(/>70\.0</g)?.length, 2);
  check(drawing, ["70"]);
  assert(!drawing.svg.includes(">80<"), "the axis goes beyond the largest bar");
  assertThrows(() => iouBySize([]), RangeError, "at least one run, got none");
});
