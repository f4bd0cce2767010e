import * as Plot from "@observablehq/plot";
import type { Colour } from "../images/image.ts";
import { FONT_SIZE } from "./figure_parts.ts";
import type { Drawing } from "./picture.ts";
import { textWidth } from "./place_labels.ts";
import { renderPlot } from "./plot.ts";

/** A class and its share of the pixels that count, between 0 and 1. */
export interface ClassFrequency {
  readonly name: string;
  readonly colour: Colour;
  readonly share: number;
}

const ROW = 18;
const WIDTH = 720;

/** Above so many classes those that never occur are counted and not drawn. */
const FEW = 20;
/** Above so many rows the scale stands on top too. */
const LONG = 30;

/**
 * Shares of classes in percent on a logarithmic scale: a bar a class, the most frequent on top. Of
 * many classes those that never occur are a number below the bars.
 */
export function classFrequencies(classes: readonly ClassFrequency[]): Drawing {
  if (classes.length === 0) {
    throw new RangeError("Cannot draw class frequencies: it needs at least one class, got none");
  }
  const least = Math.min(1, ...classes.map(({ share }) => share).filter((share) => share > 0));
  const low = Math.min(1, 10 ** Math.floor(Math.log10(100 * least) - 1e-9));
  const occurring = classes.filter(({ share }) => share > 0);
  const shown = classes.length > FEW && occurring.length > 0 ? occurring : classes;
  const sorted = shown.toSorted((a, b) => b.share - a.share);
  const rows = sorted.map(({ colour, share }, row) => ({
    row,
    from: low,
    percent: Math.max(low, 100 * share),
    fill: `rgb(${colour.join(",")})`,
    text: share === 0 ? "never occurs" : percentText(share),
  }));
  const long = rows.length > LONG;
  const left = classes.length - shown.length;
  const footnote = left > 0
    ? `${left} of ${classes.length} classes never ${left === 1 ? "occurs" : "occur"}`
    : "";
  const axis = {
    ticks: Math.round(Math.log10(100 / low)),
    tickFormat: (percent: number) => String(Number(percent.toPrecision(6))),
    label: "share of the pixels that count (%), logarithmic →",
  };
  const fill = { value: "fill", scale: null };
  const bar = { x1: "from", x2: "percent", y: "row", fill, stroke: "#666", strokeWidth: 0.5 };
  return renderPlot({
    width: WIDTH,
    height: (long ? 44 : 12) + ROW * rows.length + 44,
    marginLeft: 24 + Math.max(...shown.map(({ name }) => textWidth(name, FONT_SIZE))),
    marginRight: 24 + textWidth("never occurs", FONT_SIZE),
    marginTop: long ? 44 : 12,
    marginBottom: 44,
    x: { type: "log", domain: [low, 100] },
    y: { domain: rows.map(({ row }) => row), type: "band", padding: 0.2 },
    marks: [
      Plot.gridX({ ticks: axis.ticks }),
      ...(long ? [Plot.axisX({ ...axis, anchor: "top" })] : []),
      Plot.axisX({ ...axis, anchor: "bottom" }),
      Plot.text([footnote], { frameAnchor: "bottom-left", dy: 41 }),
      Plot.axisY({ label: null, tickFormat: (row: number) => sorted[row]!.name }),
      Plot.barX(rows, bar),
      Plot.text(rows, { x: "percent", y: "row", text: "text", textAnchor: "start", dx: 5 }),
    ],
  });
}

function percentText(share: number): string {
  const percent = 100 * share;
  return percent < 0.0001 ? "< 0.0001" : String(Number(percent.toPrecision(3)));
}
