import * as Plot from "@observablehq/plot";
import { logDomain, ticksOf } from "./domains.ts";
import { joinedByPatch } from "./joined_points.ts";
import { paretoFront } from "./pareto.ts";
import type { Drawing } from "./picture.ts";
import { type Anchor, type Segment, textWidth } from "./place_labels.ts";
import { colourOf, extent, FONT_SIZE, frameOf, labelMarks, renderPlot, scaleOf } from "./plot.ts";

/** A network's place in the accuracy-versus-speed figure; mIoU between 0 and 1. */
export interface SpeedPoint {
  readonly label: string;
  /** What is joined by one line where its patches are all different, for example the decoder. */
  readonly family: string;
  /** The side of a patch in pixels: the order along the line. */
  readonly patch: number;
  readonly imagesPerSecond: number;
  readonly mIoU: number;
  /** The standard deviation of mIoU over seeds; null of a single one. */
  readonly deviation?: number | null;
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
  /** The standard deviation over seeds by class, where there are several. */
  readonly deviations?: Readonly<Record<string, number>>;
}

/** A network's accuracy and what it computes for an image; mIoU between 0 and 1. */
export interface CostPoint extends Pick<SpeedPoint, "label" | "family" | "mIoU" | "deviation"> {
  readonly multiplyAdds: number;
}

/** The resident memory of a process, in MiB, after so many images. */
export interface MemorySample {
  readonly images: number;
  readonly mebibytes: number;
}

/** How a process's memory went while it saw images. */
export interface MemoryCurve {
  readonly label: string;
  readonly samples: readonly MemorySample[];
}

/**
 * mIoU in percent over images per second (logarithmic), one line a family from patch to patch, every point
 * named; dashed, the Pareto front: nothing is both faster and better than what lies on it.
 */
export function accuracyVsSpeed(points: readonly SpeedPoint[]): Drawing {
  const sorted = points.toSorted((a, b) => a.patch - b.patch);
  const placed = sorted.map((point) => ({ ...point, x: point.imagesPerSecond }));
  return accuracyOver(placed, joinedByPatch(placed), "images per second →", "max");
}

/** mIoU in percent over multiply-adds in units of 10⁹ (logarithmic), one line a family. */
export function accuracyVsMultiplyAdds(points: readonly CostPoint[]): Drawing {
  const sorted = points.toSorted((a, b) => a.multiplyAdds - b.multiplyAdds);
  const placed = sorted.map((point) => ({ ...point, x: point.multiplyAdds / 1e9 }));
  return accuracyOver(placed, placed, "multiply-adds for an image (10⁹) →", "min");
}

type PlacedPoint = Omit<CostPoint, "multiplyAdds"> & { readonly x: number };

function accuracyOver(
  points: readonly PlacedPoint[],
  joined: readonly PlacedPoint[],
  xLabel: string,
  best: "min" | "max",
): Drawing {
  needsSome("accuracy against cost", points);
  const families = [...new Set(points.map(({ family }) => family))];
  const sorted = points.map((point) => ({ ...point, percent: 100 * point.mIoU }));
  const bars = sorted.filter(({ deviation }) => deviation).map(
    ({ x, percent, family, deviation }) => {
      return { x, family, low: percent - 100 * deviation!, high: percent + 100 * deviation! };
    },
  );
  const { options, legend } = frameOf(families, 352, "↑ mIoU (%)");
  const domain = logDomain(points.map(({ x }) => x));
  const ticks = ticksOf(domain);
  const ends = bars.flatMap(({ low, high }) => [low, high]);
  const y = extent([...sorted.map(({ percent }) => percent), ...ends], 0.12);
  const frame = {
    ...options,
    x: { type: "log", domain, label: xLabel, ticks, tickFormat: "~r" },
    y: { domain: y, label: "↑ mIoU (%)", grid: true },
  } as const;
  const [toX, toY] = [scaleOf(frame, "x"), scaleOf(frame, "y")];
  const anchors = sorted.map(({ x, percent, label }) => ({
    x: toX(x),
    y: toY(percent),
    text: label,
  }));
  const front = paretoFront(sorted, best);
  const curve = best === "max" ? "step-before" : "step-after";
  const lines = families.flatMap((family) =>
    segments(
      anchors.filter((_, i) => joined.includes(points[i]!) && points[i]!.family === family),
    )
  );
  const at = { x: "x", y: "percent" };
  const line = { strokeWidth: 2, strokeOpacity: 0.6 };
  return renderPlot({
    ...frame,
    marks: [
      Plot.gridX({ ticks }),
      Plot.line(front, { ...at, stroke: "#888", strokeDasharray: "5,4", curve }),
      Plot.line(sorted.filter((_, i) => joined.includes(points[i]!)), {
        ...at,
        ...line,
        z: "family",
        stroke: "family",
      }),
      ...bars.length === 0 ? [] : [
        Plot.ruleX(bars, { x: "x", y1: "low", y2: "high", stroke: "family", strokeWidth: 1.5 }),
      ],
      Plot.dot(sorted, { ...at, fill: "family", r: 5, stroke: "white" }),
      ...labelMarks(anchors, lines, options, sorted.map((p) => colourOf(families, p.family))),
      ...legend,
    ],
  });
}

/**
 * One metric over the steps of several runs; more than 60 values a run get a running mean. Runs of one
 * label are seeds: a line is their mean, and a band reaches from the least to the greatest.
 */
export function trainingCurves(runs: readonly Curve[], metric = "train/loss"): Drawing {
  const isShare = /iou|accuracy/i.test(metric);
  const unit = isShare ? " (%)" : /loss/.test(metric) ? " (nats per pixel)" : "";
  const names = [...new Set(runs.map(({ label }) => label))];
  const values = names.flatMap((label) => {
    const lines = runs.filter((run) => run.label === label).flatMap(({ lines }) => lines);
    return meansOf(lines, metric, isShare ? 100 : 1).map((point) => ({ label, ...point }));
  });
  needsSome(`curves of ${metric}`, values);
  const window = Math.max(1, Math.round(values.length / names.length / 30));
  const at = { x: "step", y: "value", stroke: "label", z: "label" };
  const { options, legend } = frameOf(names, 312, `↑ ${metric}${unit}`);
  const mean = Plot.windowY({ k: window, anchor: "middle" }, { ...at, strokeWidth: 2 });
  const isBand = runs.length > names.length;
  const band = { x: "step", y1: "low", y2: "high", z: "label", fill: "label", fillOpacity: 0.2 };
  return renderPlot({
    ...options,
    x: { label: "step →", grid: true, zero: true },
    y: { label: `↑ ${metric}${unit}`, grid: true, nice: true },
    marks: [
      ...isBand ? [Plot.areaY(values, Plot.windowY({ k: window, anchor: "middle" }, band))] : [],
      ...(window > 1
        ? isBand ? [] : [Plot.line(values, { ...at, strokeOpacity: 0.25, strokeWidth: 1 })]
        : [Plot.dot(values, { x: "step", y: "value", fill: "label", r: 3 })]),
      Plot.line(values, window > 1 ? mean : { ...at, strokeWidth: 2 }),
      ...legend,
    ],
  });
}

/** A metric's mean, least and greatest value at each step that lines have it at. */
function meansOf(lines: Curve["lines"], metric: string, unit: number) {
  const bySteps = Map.groupBy(
    lines.filter((line) => line[metric] !== undefined),
    (line) => line["step"]!,
  );
  return [...bySteps].map(([step, lines]) => {
    const values = lines.map((line) => line[metric]! * unit);
    const value = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { step, value, low: Math.min(...values), high: Math.max(...values) };
  });
}

/** The distance in pixels of two runs in a class's row, where deviations are drawn beside each other. */
const LANE = 5.5;

/**
 * IoU in percent of every class for several runs: a row a class, best of the first run on top. Where
 * runs have deviations, each has a lane of its own in the row.
 */
export function perClassIou(runs: readonly ClassScores[]): Drawing {
  needsSome("IoU by class", runs);
  const first = runs[0]!.perClass;
  const classes = [...new Set(runs.flatMap(({ perClass }) => Object.keys(perClass)))]
    .toSorted((a, b) => (first[b] ?? -1) - (first[a] ?? -1));
  const scores = runs.flatMap(({ label, perClass }) =>
    Object.entries(perClass).filter(([, iou]) => iou !== null)
      .map(([name, iou]) => ({ label, name, percent: 100 * iou! }))
  );
  const bars = runs.flatMap(({ label, perClass, deviations = {} }) =>
    Object.entries(deviations).map(([name, deviation]) => {
      const [middle, half] = [100 * perClass[name]!, 100 * deviation];
      const [low, high] = [Math.max(0, middle - half), Math.min(100, middle + half)];
      return { label, name, low, high };
    })
  );
  const lane = bars.length === 0 ? 0 : LANE;
  const height = Math.max(24, lane * runs.length + 10);
  const labels = runs.map(({ label }) => label);
  const { options, legend } = frameOf(labels, height * classes.length, "");
  const range = { x: "percent", y: "name", stroke: "#bbb", strokeWidth: 2 };
  const joined = Plot.ruleY(scores, Plot.groupY({ x1: "min", x2: "max" }, range));
  return renderPlot({
    ...options,
    marginLeft: 24 + Math.max(...classes.map((name) => textWidth(name, FONT_SIZE))),
    x: { domain: [0, 100], label: "IoU (%) →", grid: true },
    y: { domain: classes, label: null, type: "point", padding: 0.5, grid: lane > 0 },
    marks: [
      ...lane === 0 ? [joined] : [],
      ...labels.flatMap((label, i) => {
        const dy = lane * (i - (labels.length - 1) / 2);
        const colour = colourOf(labels, label); // a scale would take a run called "none" for a colour
        const of = <T extends { readonly label: string }>(all: readonly T[]) =>
          all.filter((one) => one.label === label);
        const bar = { x1: "low", x2: "high", y: "name", stroke: colour, strokeWidth: 2, dy };
        const dot = { x: "percent", y: "name", fill: colour, stroke: "white", dy };
        return [
          Plot.ruleY(of(bars), bar),
          Plot.dot(of(scores), {
            ...dot,
            r: lane === 0 ? 5 : 3.5,
            strokeWidth: lane === 0 ? 1.5 : 1,
          }),
        ];
      }),
      ...legend,
    ],
  });
}

/** Resident memory in MiB, from 0 on, over the number of images: a line a process. */
export function memoryOverImages(curves: readonly MemoryCurve[]): Drawing {
  const samples = curves.flatMap(({ label, samples }) => samples.map((s) => ({ label, ...s })));
  needsSome("memory", samples, "sample");
  const label = "↑ resident memory (MiB)";
  const { options, legend } = frameOf(curves.map(({ label }) => label), 312, label);
  const at = { x: "images", y: "mebibytes", z: "label", stroke: "label" };
  return renderPlot({
    ...options,
    x: { label: "images evaluated →", grid: true, zero: true },
    y: { label, grid: true, zero: true, nice: true },
    marks: [Plot.ruleY([0]), Plot.line(samples, { ...at, strokeWidth: 2 }), ...legend],
  });
}

function needsSome(what: string, items: readonly unknown[], one = "value"): void {
  if (items.length === 0) {
    throw new RangeError(`Cannot draw ${what}: it needs at least one ${one}, got none`);
  }
}

function segments(points: readonly Anchor[]): Segment[] {
  return points.slice(1).map((to, index) => [points[index]!.x, points[index]!.y, to.x, to.y]);
}
