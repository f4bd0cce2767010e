import * as Plot from "@observablehq/plot";
import type { Drawing } from "./picture.ts";
import { textWidth } from "./place_labels.ts";
import { colours, FONT_SIZE, frameOf, renderPlot, unscaled } from "./plot.ts";
import { cellMarks, tintScale } from "./tinted_cells.ts";

/** A range of pixels or objects; shares in 0 to 1. */
export interface AccuracyBin {
  /** The range in words. */
  readonly label: string;
  /** What is written under the range: how much there is. */
  readonly note: string;
  /** Accuracy of each network, in the order of their names; NaN where there is nothing. */
  readonly accuracies: readonly number[];
}

/** Two classes that were said of the same pixels; shares of all labelled pixels, in 0 to 1. */
export interface PairShare {
  readonly label: string;
  /** Where the first is right, the second, neither. */
  readonly shares: readonly number[];
}

const PAIRS = 20;

/** Accuracy in percent of each network in ranges of pixels or objects, from the left to the right. */
export function accuracyByBin(
  bins: readonly AccuracyBin[],
  names: readonly string[],
  { x, y }: { readonly x: string; readonly y: string },
): Drawing {
  if (bins.length === 0) throw nothing("accuracy by range");
  const values = bins.flatMap(({ accuracies }, place) =>
    names.map((name, i) => ({ name, place, percent: 100 * accuracies[i]! }))
  ).filter(({ percent }) => !Number.isNaN(percent));
  const label = `↑ ${y} (%)`;
  const { options, legend } = frameOf(names, 300, label);
  const at = { x: "place", y: "percent" };
  return renderPlot({
    ...options,
    marginBottom: 62,
    height: options.height + 18,
    x: {
      domain: [-0.5, bins.length - 0.5],
      ticks: [...bins.keys()],
      tickFormat: (_: number, place: number) => `${bins[place]!.label}\n${bins[place]!.note}`,
      tickSize: 0,
      label: x,
    },
    y: { domain: [0, 100], label, grid: true },
    marks: [
      Plot.ruleY([0], { stroke: "#888" }),
      Plot.line(values, { ...at, z: "name", stroke: "name", strokeWidth: 2, strokeOpacity: 0.6 }),
      Plot.dot(values, { ...at, fill: "name", r: 5, stroke: "white" }),
      ...legend,
    ],
  });
}

/** The most frequent pairs of classes, as bars of shares of all pixels, divided by who is right. */
export function pairShares(
  pairs: readonly PairShare[],
  kinds: readonly string[],
  label: string,
): Drawing {
  if (pairs.length === 0) throw nothing("pairs of classes");
  const shown = pairs.slice(0, PAIRS);
  const left = Math.ceil(
    16 + Math.max(...shown.map(({ label }) => textWidth(label, FONT_SIZE))),
  );
  const bars = shown.flatMap(({ shares }, row) => {
    let before = 0;
    return kinds.map((kind, i) => {
      const from = before;
      before += 100 * shares[i]!;
      return { row, kind, from, to: before };
    });
  });
  const totals = shown.map(({ shares }, row) => {
    return { row, percent: 100 * shares.reduce((sum, share) => sum + share, 0) };
  });
  const range = [colours[0]!, colours[1]!, "#555555"]; // neither is grey
  const { options, legend } = frameOf(kinds, 20 * shown.length, "", range);
  return renderPlot({
    ...options,
    marginLeft: left,
    width: left + 520,
    marginRight: 48,
    x: { label, grid: true },
    y: {
      type: "band",
      domain: [...shown.keys()],
      tickFormat: (row: number) => shown[row]!.label,
      label: null,
      tickSize: 0,
      padding: 0.25,
    },
    marks: [
      Plot.barX(bars, { x1: "from", x2: "to", y: "row", fill: "kind" }),
      Plot.text(totals, {
        x: "percent",
        y: "row",
        text: ({ percent }: { percent: number }) => percent.toPrecision(2),
        textAnchor: "start",
        dx: 4,
        fontSize: FONT_SIZE,
      }),
      ...legend,
    ],
  });
}

/** What a map of positions shows. */
export interface PositionMap {
  /** A value for each cell by rows; NaN where no pixel is. */
  readonly values: readonly (readonly number[])[];
  readonly title: string;
  /** True where values below 0 mean something too. */
  readonly signed: boolean;
  /** The value of the strongest tint. */
  readonly largest: number;
}

/** Values by the place in the image, in the images' shape (`aspect`: width to height). */
export function positionFigure(map: PositionMap, aspect: number): Drawing {
  const { values, title, signed, largest } = map;
  if (values.length === 0) throw nothing("a map of positions");
  const [left, top, width] = [12, 70, 520];
  const height = Math.round(width / aspect);
  const cell = [width / values[0]!.length, height / values.length] as const;
  const most = largest || 1;
  const scaled = values.map((row) => row.map((value) => Number.isNaN(value) ? 0 : value / most));
  const text = `${Number(most.toPrecision(2))}`;
  const ends = signed ? [`−${text}`, "0", `+${text}`] : ["0", text];
  const [right, bottom] = [left + width, top + height];
  const frame = [[left, top, right, top], [right, top, right, bottom], [
    left,
    bottom,
    right,
    bottom,
  ], [left, top, left, bottom]];
  return renderPlot({
    width: width + 2 * left,
    height: top + height + 28,
    axis: null,
    marks: [
      cellMarks(scaled, { left, top, cell }),
      Plot.link(frame, {
        x1: unscaled("0"),
        y1: unscaled("1"),
        x2: unscaled("2"),
        y2: unscaled("3"),
        stroke: "#888",
      }),
      ...tintScale(title, signed ? -1 : 0, ends, left + 12),
      Plot.text(["the images' field of view: all of them, stretched over each other"], {
        x: unscaled(() => left),
        y: unscaled(() => bottom + 14),
        textAnchor: "start",
        fontSize: FONT_SIZE,
      }),
    ],
  });
}

function nothing(what: string): RangeError {
  return new RangeError(`Cannot draw ${what}: it needs at least one value, got none`);
}
