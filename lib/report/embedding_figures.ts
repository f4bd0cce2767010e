import * as Plot from "@observablehq/plot";
import type { Colour } from "../images/image.ts";
import type { Drawing } from "./picture.ts";
import { textWidth } from "./place_labels.ts";
import {
  colourOf,
  extent,
  FONT_SIZE,
  type Frame,
  frameOf,
  labelMarks,
  renderPlot,
  scaleOf,
  unscaled,
} from "./plot.ts";
import { cellMarks, tintScale } from "./tinted_cells.ts";

/** A class in the plane of the first two singular directions. */
export interface EmbeddingPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly colour: Colour;
  /** The group of classes that it is one of, which decides its colour in place of `colour`. */
  readonly group?: string;
}

/** A class in two networks, in one plane. */
export interface EmbeddingPair extends EmbeddingPoint {
  /** Where the second network has it. */
  readonly x2: number;
  readonly y2: number;
}

const SECOND = "↑ second singular direction";

/** How much classes are alike, from -1 to 1. */
export interface Similarities {
  readonly classes: readonly string[];
  /** The cosine of each two classes [classes, classes]. */
  readonly cosines: readonly (readonly number[])[];
  /** Where a new group of classes begins, after the first. */
  readonly borders: readonly number[];
}

/**
 * Classes in two dimensions, as in Segmenter's figure 8: the class embeddings' coordinates along
 * their first two singular directions, without a unit, on equal scales.
 */
export function scatterEmbedding(points: readonly EmbeddingPoint[]): Drawing {
  needsSome(points);
  const { frame, options, legend, anchors, fillOf } = planeOf(points, points);
  return renderPlot({
    ...frame,
    marks: [
      Plot.dot(points, { x: "x", y: "y", fill: fillOf, r: 6, stroke: "#444" }),
      ...labelMarks(anchors, [], options, points.map(() => "#222")),
      ...legend,
    ],
  });
}

/**
 * Classes of two networks in one plane: a dot where the first has a class, a ring where the second
 * has it, and a line between them.
 */
export function pairedEmbeddings(
  pairs: readonly EmbeddingPair[],
  [first, second]: readonly [string, string],
): Drawing {
  needsSome(pairs);
  const both = [...pairs, ...pairs.map(({ x2, y2, ...pair }) => ({ ...pair, x: x2, y: y2 }))];
  const { frame, options, legend, anchors, toX, toY, fillOf } = planeOf(pairs, both);
  const lines = pairs.map(({ x, y, x2, y2 }) => [toX(x), toY(y), toX(x2), toY(y2)] as const);
  const key = [`dots: ${first}`, `rings: ${second}`].join(", ");
  return renderPlot({
    ...frame,
    marks: [
      Plot.link(pairs, { x1: "x", y1: "y", x2: "x2", y2: "y2", stroke: fillOf, strokeWidth: 1.5 }),
      Plot.dot(pairs, { x: "x2", y: "y2", fill: "white", stroke: fillOf, r: 5, strokeWidth: 2 }),
      Plot.dot(pairs, { x: "x", y: "y", fill: fillOf, r: 6, stroke: "#444" }),
      ...labelMarks(anchors, lines, options, pairs.map(() => "#222")),
      ...legend,
      Plot.text([key], {
        x: unscaled(options.marginLeft),
        y: unscaled(options.height - 8),
        textAnchor: "start",
        fontSize: FONT_SIZE,
      }),
    ],
  });
}

/** The cosine matrix of classes: blue where they are opposed, white where nothing, orange where alike. */
export function cosineFigure({ classes, cosines, borders }: Similarities): Drawing {
  needsSome(classes);
  const side = Math.max(13, Math.min(38, Math.floor(900 / classes.length)));
  const top = 72;
  const left = Math.ceil(16 + Math.max(...classes.map((name) => textWidth(name, FONT_SIZE))));
  const end = side * classes.length;
  const title = "cosine of the angle between class embeddings";
  const numbers = classes.length > WITH_NUMBERS
    ? []
    : cosines.flatMap((row, i) =>
      row.map((cosine, k) => ({
        x: left + side * (k + 0.5),
        y: top + side * (i + 0.5),
        text: hundredths(cosine),
        fill: Math.abs(cosine) > 0.6 ? "white" : "#222",
      }))
    );
  const names = classes.map((text, i) => ({ text, at: side * (i + 0.5) }));
  const lines = borders.flatMap((border) => [
    { x1: left + side * border, x2: left + side * border, y1: top, y2: top + end },
    { x1: left, x2: left + end, y1: top + side * border, y2: top + side * border },
  ]);
  const ends = {
    x1: unscaled("x1"),
    x2: unscaled("x2"),
    y1: unscaled("y1"),
    y2: unscaled("y2"),
  } as const;
  const at = { x: unscaled("x"), y: unscaled("y"), text: "text", fontSize: FONT_SIZE } as const;
  const name = { ...at, textAnchor: "end" } as const;
  return renderPlot({
    width: left + Math.max(end, textWidth(title, FONT_SIZE)) + 16,
    height: top + end + left,
    axis: null,
    marks: [
      cellMarks(cosines, { left, top, cell: [side, side] }),
      Plot.text(numbers, { ...at, fill: unscaled("fill"), fontSize: Math.min(12, 0.32 * side) }),
      Plot.link(lines, { ...ends, stroke: "#222" }),
      ...tintScale(title, -1, ["−1", "0", "1"], left),
      Plot.text(names.map(({ text, at }) => ({ x: left - 6, y: top + at, text })), name),
      Plot.text(names.map(({ text, at }) => ({ x: left + at, y: top + end + 6, text })), {
        ...name,
        rotate: -90,
      }),
    ],
  });
}

/** Cells hold a number where there are so many classes at most. */
const WITH_NUMBERS = 20;

/** ".31", "−.05", "1": short enough for a cell. */
function hundredths(cosine: number): string {
  const text = Math.abs(cosine).toFixed(2).replace(/^0/, "").replace("1.00", "1");
  return cosine < 0 && text !== ".00" ? `−${text}` : text;
}

/** A frame of equal scales for points, and where their labels are anchored. */
function planeOf(points: readonly EmbeddingPoint[], all: readonly EmbeddingPoint[]) {
  const { inner, ...domains } = equalScales(all, 640);
  const groups = [...new Set(points.flatMap(({ group }) => group ?? []))];
  const { options, legend }: Frame = frameOf(groups, inner, groups.length > 0 ? SECOND : "");
  const { color: _, ...rest } = options; // colours are given, not looked up
  const frame = {
    ...rest,
    x: { domain: domains.x, label: "first singular direction →", grid: true, ticks: 8 },
    y: { domain: domains.y, label: SECOND, grid: true, ticks: 8 },
  };
  const [toX, toY] = [scaleOf(frame, "x"), scaleOf(frame, "y")];
  return {
    frame,
    options,
    legend,
    toX,
    toY,
    anchors: points.map(({ x, y, label }) => ({ x: toX(x), y: toY(y), text: label })),
    fillOf: ({ group, colour }: EmbeddingPoint) =>
      group === undefined ? `rgb(${colour.join(",")})` : colourOf(groups, group),
  };
}

function needsSome(classes: readonly unknown[]): void {
  if (classes.length > 0) return;
  throw new RangeError("Cannot draw class embeddings: it needs at least one value, got none");
}

/** Domains such that a unit of x is as long as a unit of y, and the inner height that this takes. */
function equalScales(points: readonly EmbeddingPoint[], width: number) {
  const x = extent(points.map((point) => point.x), 0.1);
  const y = extent(points.map((point) => point.y), 0.1);
  const height = width * (y[1] - y[0]) / (x[1] - x[0]);
  const inner = Math.min(900, Math.max(320, height));
  // A figure that would be too flat or too high keeps its scales equal by a wider domain.
  const widen = ([low, high]: readonly number[], factor: number): [number, number] => {
    const [middle, half] = [(low! + high!) / 2, (high! - low!) / 2];
    return [middle - half * factor, middle + half * factor];
  };
  return {
    inner,
    x: widen(x, Math.max(1, height / inner)),
    y: widen(y, Math.max(1, inner / height)),
  };
}
