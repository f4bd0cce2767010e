import { createHash } from "node:crypto";
import * as Plot from "@observablehq/plot";
import { Window } from "happy-dom";
import { Drawing, FONT } from "./picture.ts";
import { type Anchor, placeLabels, type Segment, textWidth } from "./place_labels.ts";

/** Draws a plot of Observable Plot without a browser; the same options give the same SVG text. */
export function renderPlot(options: Plot.PlotOptions): Drawing {
  const { document, XMLSerializer } = new Window();
  const svg = Plot.plot({ ...look, ...options, document });
  if (svg.tagName.toLowerCase() !== "svg") {
    throw new TypeError(
      "Cannot render a plot: it needs to be one SVG element, got a figure; draw the title and " +
        "the legend as marks instead of by title, subtitle, caption and legend",
    );
  }
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const text = new XMLSerializer().serializeToString(svg);
  const ground = '<rect width="100%" height="100%" fill="white"/>';
  return new Drawing(ownIds(text.replace(">", `>${ground}`).replaceAll("&nbsp;", "&#160;")));
}

/** The pixel at which a plot of these options puts a value of its x or y scale. */
export function scaleOf(options: Plot.PlotOptions, name: "x" | "y"): (value: number) => number {
  const { document } = new Window();
  const scale = Plot.plot({ ...look, ...options, document }).scale(name);
  return (value) => scale!.apply(value);
}

const look: Plot.PlotOptions = {
  style: { color: "#222", fontFamily: FONT, fontSize: "12px" },
};

/**
 * Plot numbers clip paths and markers by a counter of the process. Numbered by a hash of the plot,
 * they repeat, and two plots on one page of a notebook do not share them.
 */
function ownIds(svg: string): string {
  const counted = /plot-(clip|marker|pattern)-\d+/g;
  const ids = [...new Set(svg.match(counted))];
  const renamed = (hash: string) => svg.replaceAll(counted, (id) => `id-${hash}${ids.indexOf(id)}`);
  const hash = createHash("sha256").update(renamed("")).digest("hex").slice(0, 8);
  return renamed(`${hash}-`);
}

/** The size of a figure's texts in pixels. */
export const FONT_SIZE = 12;

const ROW = 20;

/** Colours for lines, dots and text on white, told apart by colour-blind eyes in this order. */
export const colours: readonly string[] = [
  "#1b6ca8",
  "#d1531f",
  "#2a8a4a",
  "#8a4fb0",
  "#a67c00",
  "#c23b7a",
  "#555555",
  "#12a5b0",
  "#7d1d1d",
];

/** The colour of a name in the order of names; the tenth name has the first's colour again. */
export function colourOf(names: readonly string[], name: string): string {
  return colours[names.indexOf(name) % colours.length]!;
}

/** A figure's width, height and margins in pixels, its colour scale, and the legend's marks. */
export interface Frame {
  readonly options: Plot.PlotOptions & Record<"width" | "height" | Margin, number>;
  readonly legend: Plot.Markish[];
}

type Margin = `margin${"Left" | "Top" | "Right" | "Bottom"}`;

/**
 * The frame of a figure whose inside is `inner` pixels high: names with their colours stand above it
 * in as many rows as they need, right of the y axis's label. The colours are `range` in its order.
 */
export function frameOf(
  names: readonly string[],
  inner: number,
  yLabel: string,
  range: readonly string[] = colours,
): Frame {
  const width = 720;
  const left = yLabel === "" ? 56 : 36 + textWidth(yLabel, FONT_SIZE);
  let [x, row] = [left, 0];
  const entries = names.map((name) => {
    const room = textWidth(name, FONT_SIZE) + 32;
    if (x > left && x + room > width) [x, row] = [left, row + 1];
    const entry = { name, x, y: 14 + row * ROW };
    x += room;
    return entry;
  });
  const marginTop = 44 + row * ROW;
  const margins = { marginLeft: 56, marginTop, marginRight: 24, marginBottom: 44 };
  const color = { domain: names, range };
  const fill = unscaled(({ name }: { name: string }) => range[names.indexOf(name) % range.length]!);
  return {
    options: { width, height: Math.round(inner) + marginTop + 44, ...margins, color },
    legend: [
      Plot.dot(entries, { x: unscaled("x"), y: unscaled("y"), fill, r: 5 }),
      Plot.text(entries, { ...textAt, text: "name", textAnchor: "start", dx: 10, fill }),
    ],
  };
}

/** Texts beside points in pixels; a thin line joins a text to its point where it had to go far. */
export function labelMarks(
  anchors: readonly Anchor[],
  lines: readonly Segment[],
  { width, height, marginLeft, marginTop, marginBottom }: Frame["options"],
  fills: readonly string[],
): Plot.Markish[] {
  const area = {
    left: marginLeft + 2,
    top: marginTop - 10,
    right: width - 4,
    bottom: height - marginBottom - 2,
  };
  const labels = placeLabels(anchors, lines, area, FONT_SIZE).map((place, index) => ({
    ...place,
    text: anchors[index]!.text,
    fill: fills[index],
    x2: anchors[index]!.x,
    y2: anchors[index]!.y,
  }));
  const ends = { x1: unscaled("x"), y1: unscaled("y"), x2: unscaled("x2"), y2: unscaled("y2") };
  return [
    Plot.link(labels.filter(({ far }) => far), { ...ends, stroke: "#999", strokeWidth: 0.8 }),
    Plot.text(labels, { ...textAt, text: "text", fill: unscaled("fill"), stroke: "white" }),
  ];
}

/** A channel of pixels or colours as they are, on no scale. */
export function unscaled<T>(value: T): { value: T; scale: null } {
  return { value, scale: null };
}

const textAt = { x: unscaled("x"), y: unscaled("y"), fontSize: FONT_SIZE };

/** The least and the greatest value with room of a share of their distance on both sides. */
export function extent(values: readonly number[], share: number): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || 1) * share;
  return [low - room, high + room];
}
