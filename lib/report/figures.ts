import * as Plot from "@observablehq/plot";
import { type Anchor, placeLabels, type Segment, textWidth } from "./labels.ts";
import type { Drawing } from "./picture.ts";
import { renderPlot, scaleOf } from "./plot.ts";

/** A network's place in the accuracy-versus-speed figure; mIoU between 0 and 1. */
export interface SpeedPoint {
  readonly label: string;
  /** What is joined by one line, for example the decoder. */
  readonly family: string;
  /** The side of a patch in pixels: the order along the line. */
  readonly patch: number;
  readonly imagesPerSecond: number;
  readonly mIoU: number;
}

/** The lines of a run's metrics.jsonl and the run's name. */
export interface Curve {
  readonly label: string;
  readonly lines: readonly Readonly<Record<string, number>>[];
}

/** IoU between 0 and 1 by class, null where a class does not occur, and the run's name. */
export interface ClassScores {
  readonly label: string;
  readonly perClass: Readonly<Record<string, number | null>>;
}

/** A class in the plane of the first two singular directions. */
export interface EmbeddingPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly colour: readonly [number, number, number];
}

const FONT_SIZE = 12;

/** Colours for lines, dots and text on white, told apart by colour-blind eyes in this order. */
const colours = ["#1b6ca8", "#d1531f", "#2a8a4a", "#8a4fb0", "#a67c00", "#c23b7a", "#555555"];

/** mIoU in percent over images per second (logarithmic), one line a family, every point named. */
export function accuracyVsSpeed(points: readonly SpeedPoint[]): Drawing {
  needsSome("accuracy against speed", points);
  const families = [...new Set(points.map(({ family }) => family))];
  const sorted = points.toSorted((a, b) => a.patch - b.patch)
    .map((point) => ({ ...point, percent: 100 * point.mIoU }));
  const x = logDomain(points.map(({ imagesPerSecond }) => imagesPerSecond));
  const frame: Plot.PlotOptions = {
    ...size(720, 440),
    x: {
      type: "log",
      domain: x,
      label: "images per second →",
      ticks: ticksOf(x),
      tickFormat: "~r",
    },
    y: {
      domain: paddedDomain(sorted.map(({ percent }) => percent), 0.12),
      label: "↑ mIoU (%)",
      grid: true,
    },
    color: { domain: families, range: colours },
  };
  const [toX, toY] = [scaleOf(frame, "x"), scaleOf(frame, "y")];
  const anchors = sorted.map(({ imagesPerSecond, percent, label }) => ({
    x: toX(imagesPerSecond),
    y: toY(percent),
    text: label,
  }));
  const lines = families.flatMap((family) =>
    segments(anchors.filter((_, index) => sorted[index]!.family === family))
  );
  const at = { x: "imagesPerSecond", y: "percent" };
  return renderPlot({
    ...frame,
    marks: [
      Plot.gridX({ ticks: ticksOf(x) }),
      Plot.line(sorted, { ...at, stroke: "family", strokeWidth: 2, strokeOpacity: 0.6 }),
      Plot.dot(sorted, { ...at, fill: "family", r: 5, stroke: "white" }),
      ...labelMarks(anchors, lines, frame, sorted.map((p) => colourOf(families, p.family))),
      ...legendRow(families, frame),
    ],
  });
}

/** One metric over the steps of several runs; more than 60 values a run get a running mean. */
export function trainingCurves(runs: readonly Curve[], metric = "train/loss"): Drawing {
  const isShare = /iou|accuracy/i.test(metric);
  const names = runs.map(({ label }) => label);
  const values = runs.flatMap(({ label, lines }) =>
    lines.filter((line) => line[metric] !== undefined)
      .map((line) => ({ label, step: line["step"]!, value: line[metric]! * (isShare ? 100 : 1) }))
  );
  needsSome(`curves of ${metric}`, values);
  const window = Math.max(1, Math.round(values.length / runs.length / 30));
  const at = { x: "step", y: "value", stroke: "label" };
  const frame: Plot.PlotOptions = {
    ...size(720, 400),
    x: { label: "step →", grid: true },
    y: { label: `↑ ${metric}${isShare ? " (%)" : ""}`, grid: true, nice: true },
    color: { domain: names, range: colours },
  };
  const mean = Plot.windowY({ k: window, anchor: "middle" }, { ...at, strokeWidth: 2 });
  return renderPlot({
    ...frame,
    marks: [
      ...(window > 1 ? [Plot.line(values, { ...at, strokeOpacity: 0.25, strokeWidth: 1 })] : []),
      Plot.line(values, window > 1 ? mean : { ...at, strokeWidth: 2 }),
      ...legendRow(names, frame),
    ],
  });
}

/** IoU in percent of every class for several runs: a row a class, best of the first run on top. */
export function perClassIou(runs: readonly ClassScores[]): Drawing {
  needsSome("IoU by class", runs);
  const names = runs.map(({ label }) => label);
  const first = runs[0]!.perClass;
  const classes = [...new Set(runs.flatMap(({ perClass }) => Object.keys(perClass)))]
    .toSorted((a, b) => (first[b] ?? -1) - (first[a] ?? -1));
  const scores = runs.flatMap(({ label, perClass }) =>
    Object.entries(perClass).filter(([, iou]) => iou !== null)
      .map(([name, iou]) => ({ label, name, percent: 100 * iou! }))
  );
  const frame: Plot.PlotOptions = {
    ...size(720, 90 + 24 * classes.length),
    marginLeft: 24 + Math.max(...classes.map((name) => textWidth(name, FONT_SIZE))),
    x: { domain: [0, 100], label: "IoU (%) →", grid: true },
    y: { domain: classes, label: null, type: "point", padding: 0.5 },
    color: { domain: names, range: colours },
  };
  return renderPlot({
    ...frame,
    marks: [
      Plot.ruleY(
        scores,
        Plot.groupY({ x1: "min", x2: "max" }, {
          x: "percent",
          y: "name",
          stroke: "#bbb",
          strokeWidth: 2,
        }),
      ),
      Plot.dot(scores, { x: "percent", y: "name", fill: "label", r: 5, stroke: "white" }),
      ...legendRow(names, frame),
    ],
  });
}

/**
 * Classes in two dimensions, as in Segmenter's figure 8: the class embeddings' coordinates along
 * their first two singular directions, without a unit, on equal scales.
 */
export function scatterEmbedding(points: readonly EmbeddingPoint[]): Drawing {
  needsSome("class embeddings", points);
  const { x, y, height } = equalScales(points, 720);
  const frame: Plot.PlotOptions = {
    ...size(720, height),
    x: { domain: x, label: "first singular direction →", grid: true, ticks: 8 },
    y: { domain: y, label: "↑ second singular direction", grid: true, ticks: 8 },
  };
  const [toX, toY] = [scaleOf(frame, "x"), scaleOf(frame, "y")];
  const anchors = points.map(({ x, y, label }) => ({ x: toX(x), y: toY(y), text: label }));
  const fill = (point: EmbeddingPoint) => `rgb(${point.colour.join(",")})`;
  return renderPlot({
    ...frame,
    marks: [
      Plot.dot(points, { x: "x", y: "y", fill, r: 6, stroke: "#444" }),
      ...labelMarks(anchors, [], frame, points.map(() => "#222")),
    ],
  });
}

const MARGINS = { marginLeft: 56, marginTop: 44, marginRight: 24, marginBottom: 44 };

function size(width: number, height: number) {
  return { width, height, ...MARGINS };
}

function needsSome(what: string, items: readonly unknown[]): void {
  if (items.length === 0) {
    throw new RangeError(`Cannot draw ${what}: it needs at least one value, got none`);
  }
}

function colourOf(names: readonly string[], name: string): string {
  return colours[names.indexOf(name) % colours.length]!;
}

/** Names with their colours in one row above the frame. */
function legendRow(names: readonly string[], frame: Plot.PlotOptions): Plot.Markish[] {
  let x = (frame.marginLeft ?? MARGINS.marginLeft) + 80;
  const entries = names.map((name) => {
    const entry = { name, x, y: 14 };
    x += textWidth(name, FONT_SIZE) + 32;
    return entry;
  });
  const fill = (entry: { name: string }) => colourOf(names, entry.name);
  return [
    Plot.dot(entries, { x: pixels("x"), y: pixels("y"), fill: pixels(fill), r: 5 }),
    Plot.text(entries, {
      ...textAt,
      text: "name",
      textAnchor: "start",
      dx: 10,
      fill: pixels(fill),
    }),
  ];
}

/** Texts beside points; a thin line joins a text to its point where it had to go far. */
function labelMarks(
  anchors: readonly Anchor[],
  lines: readonly Segment[],
  { width, height }: Plot.PlotOptions,
  fills: readonly string[],
): Plot.Markish[] {
  const area = {
    left: MARGINS.marginLeft + 2,
    top: MARGINS.marginTop - 10,
    right: width! - 4,
    bottom: height! - MARGINS.marginBottom - 2,
  };
  const labels = placeLabels(anchors, lines, area, FONT_SIZE).map((place, index) => ({
    ...place,
    text: anchors[index]!.text,
    fill: fills[index],
    x2: anchors[index]!.x,
    y2: anchors[index]!.y,
  }));
  const ends = { x1: pixels("x"), y1: pixels("y"), x2: pixels("x2"), y2: pixels("y2") };
  return [
    Plot.link(labels.filter(({ far }) => far), { ...ends, stroke: "#999", strokeWidth: 0.8 }),
    Plot.text(labels, { ...textAt, text: "text", fill: pixels("fill"), stroke: "white" }),
  ];
}

/** A channel of pixels or colours as they are, on no scale. */
function pixels<T>(value: T): { value: T; scale: null } {
  return { value, scale: null };
}

const textAt = { x: pixels("x"), y: pixels("y"), fontSize: FONT_SIZE };

function segments(points: readonly Anchor[]): Segment[] {
  return points.slice(1).map((to, index) => [points[index]!.x, points[index]!.y, to.x, to.y]);
}

/** From below the least to above the greatest value, at least a factor of 4 apart. */
function logDomain(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const factor = Math.max(1.4, 2 / Math.sqrt(high / low));
  return [low / factor, high * factor];
}

/** The numbers 1, 2, 5, 10, 20 … within a domain. */
function ticksOf([low, high]: readonly [number, number]): number[] {
  const decades = Array.from({ length: 13 }, (_, index) => 10 ** (index - 6));
  return decades.flatMap((decade) => [decade, 2 * decade, 5 * decade])
    .filter((tick) => tick >= low && tick <= high);
}

function paddedDomain(values: readonly number[], share: number): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max((high - low) * share, 0.5);
  return [low - room, high + room];
}

/** Domains such that a unit of x is as long as a unit of y, and the height that this takes. */
function equalScales(points: readonly EmbeddingPoint[], width: number) {
  const extent = (values: readonly number[]): [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = (high - low || 1) * 0.1;
    return [low - room, high + room];
  };
  const x = extent(points.map((point) => point.x));
  const y = extent(points.map((point) => point.y));
  const unit = (width - MARGINS.marginLeft - MARGINS.marginRight) / (x[1] - x[0]);
  const inner = Math.min(900, Math.max(320, unit * (y[1] - y[0])));
  const height = Math.round(inner + MARGINS.marginTop + MARGINS.marginBottom);
  return { x, y, height };
}
