import * as Plot from "@observablehq/plot";
import { type Anchor, placeLabels, type Segment, textWidth } from "./place_labels.ts";

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
 * in as many rows as they need, right of the y axis's label.
 */
export function frameOf(names: readonly string[], inner: number, yLabel: string): Frame {
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
  const color = { domain: names, range: colours };
  const fill = unscaled((entry: { name: string }) => colourOf(names, entry.name));
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
