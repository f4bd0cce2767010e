import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream } from "../../lib/random.ts";
import {
  cosineFigure,
  pairedEmbeddings,
  scatterEmbedding,
} from "../../lib/report/embedding_figures.ts";
import type { Drawing } from "../../lib/report/picture.ts";

function check(drawing: Drawing, texts: readonly string[]): void {
  for (const text of texts) assertStringIncludes(drawing.svg, `>${text}<`);
  assert(!/NaN|undefined|Infinity/.test(drawing.svg), "a number is missing");
}

Deno.test("scatterEmbedding() draws every class in its colour on equal scales", () => {
  const random = stream("figure", 1);
  const classes = ["sky", "building", "road", "fence"].map((label, index) => ({
    label,
    x: random.normal(),
    y: random.normal(),
    colour: [index, 10, 20] as const,
  }));
  const drawing = scatterEmbedding(classes);
  check(drawing, ["sky", "building", "road", "fence", "first singular direction →"]);
  const circles = [...drawing.svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)]
    .map(([, x, y]) => [Number(x), Number(y)] as const);
  const [a, b] = circles as [readonly [number, number], readonly [number, number]];
  const acrossX = (b[0] - a[0]) / (classes[1]!.x - classes[0]!.x);
  const acrossY = (b[1] - a[1]) / (classes[0]!.y - classes[1]!.y);
  assert(Math.abs(acrossX / acrossY - 1) < 0.01, `${acrossX} against ${acrossY} pixels`);
});

const colour = [10, 20, 30] as const;

Deno.test("scatterEmbedding() colours classes by their groups and names these", () => {
  const at = (label: string, x: number, group: string) => ({ label, x, y: x * x, colour, group });
  const drawing = scatterEmbedding([
    at("car", 1, "moving"),
    at("bus", 2, "moving"),
    at("sky", 3, "up"),
  ]);
  check(drawing, ["car", "bus", "sky", "moving", "up"]);
  const fills = [...drawing.svg.matchAll(/<circle[^>]*fill="([^"]+)"/g)].map(([, fill]) => fill);
  assertEquals([fills[0] === fills[1], fills[1] === fills[2]], [true, false]);
});

Deno.test("pairedEmbeddings() draws a line, a dot and a ring a class", () => {
  const pair = (label: string, x: number) => ({ label, x, y: -x, x2: x + 1, y2: x, colour });
  const drawing = pairedEmbeddings([pair("car", 1), pair("sky", 4)], ["seed 1", "seed 2"]);
  check(drawing, ["car", "sky", "dots: seed 1, rings: seed 2"]);
  assertEquals(drawing.svg.match(/<circle/g)?.length, 4);
});

Deno.test("cosineFigure() writes every cosine and lines between groups", () => {
  const cosines = [[1, 0.31], [0.31, 1]];
  check(cosineFigure({ classes: ["car", "sky"], cosines, borders: [1] }), [
    "car",
    "sky",
    ".31",
    "1",
  ]);
});

Deno.test("figures of class embeddings refuse no classes at all", () => {
  for (
    const draw of [
      () => scatterEmbedding([]),
      () => pairedEmbeddings([], ["a", "b"]),
      () => cosineFigure({ classes: [], cosines: [], borders: [] }),
    ]
  ) assertThrows(draw, RangeError, "Cannot draw class embeddings");
});
