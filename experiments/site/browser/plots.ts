import * as Plot from "@observablehq/plot";
import { joinedByPatch } from "../../../lib/report/joined_points.ts";
import { placeLabels, textWidth } from "../../../lib/report/place_labels.ts";
import type { GroupData, SpreadData } from "../page_data.ts";

/** A figure of an experiment's page at a width in pixels; null where there is nothing to draw. */
type Figure = (groups: readonly GroupData[], width: number) => Element | null;

/** The figures by the ids of their places. */
export const figures: Readonly<Record<string, Figure>> = {
  scores: seedScores,
  accuracy_vs_speed: accuracyVsSpeed,
  training_curves: trainingCurves,
  per_class_iou: perClassIou,
};

/** The colour of the group with an index: nine that colour-blind eyes tell apart, then again. */
export function colourOf(index: number): string {
  return `var(--c${index % 9 + 1})`;
}

const frame = {
  style: {
    background: "transparent",
    color: "var(--ink)",
    fontSize: "12px",
    fontFamily: "inherit",
  },
  marginLeft: 48,
  marginRight: 16,
  marginBottom: 40,
} as const;

function colour(groups: readonly GroupData[]): Plot.ScaleOptions {
  return { domain: groups.map(({ name }) => name), range: groups.map((_, i) => colourOf(i)) };
}

function numberText(spread: SpreadData, digits: number): string {
  const { mean, deviation } = spread;
  return mean.toFixed(digits) + (deviation === null ? "" : ` ± ${deviation.toFixed(digits)}`);
}

const tip = { fill: "var(--panel)", stroke: "var(--soft)", fontSize: 13 } as const;

/** Below this many pixels texts beside points only cover each other; the key names them. */
const NARROW = 500;

/** mIoU of each seed, and their mean with its deviation; what a paper has is a diamond. */
function seedScores(groups: readonly GroupData[], width: number): Element | null {
  const shown = groups.filter(({ scores }) => scores.length > 0);
  if (shown.length === 0) return null;
  const seeds = shown.flatMap(({ name, scores, mIoU }) =>
    scores.map((x) => ({ name, x, title: `${name}\n${numberText(mIoU!, 2)} % mIoU` }))
  );
  const means = shown.map(({ name, mIoU }) => {
    const { mean, deviation } = mIoU!;
    return { name, mean, low: mean - (deviation ?? 0), high: mean + (deviation ?? 0) };
  });
  const papers = shown.flatMap(({ name, published }) =>
    published === null
      ? []
      : [{ name, x: published.mIoU, title: `published ${published.mIoU} %\n${published.source}` }]
  );
  return Plot.plot({
    ...frame,
    width,
    height: 28 * shown.length + 70,
    marginLeft: 12 + Math.max(...shown.map(({ name }) => textWidth(name, 11))),
    color: colour(groups),
    x: { label: "mIoU (%) →", grid: true, nice: true, inset: 12, ticks: width < NARROW ? 4 : 8 },
    y: { type: "band", domain: shown.map(({ name }) => name), label: null, padding: 0.3 },
    marks: [
      Plot.ruleY(means, { y: "name", x1: "low", x2: "high", stroke: "name", strokeWidth: 2.5 }),
      Plot.tickX(means, { x: "mean", y: "name", stroke: "name", strokeWidth: 2.5, inset: 4 }),
      Plot.dot(seeds, { x: "x", y: "name", stroke: "name", r: 4, strokeWidth: 1.5 }),
      Plot.dot(papers, { x: "x", y: "name", symbol: "diamond", r: 5, fill: "var(--soft)" }),
      Plot.tip([...seeds, ...papers], Plot.pointer({ x: "x", y: "name", title: "title", ...tip })),
    ],
  });
}

function accuracyVsSpeed(groups: readonly GroupData[], width: number): Element | null {
  const points = groups.flatMap(({ name, mIoU, speed }) =>
    mIoU && speed
      ? [{
        name,
        family: speed.family,
        patch: speed.patch,
        x: speed.perSecond,
        y: mIoU.mean,
        low: mIoU.mean - (mIoU.deviation ?? 0),
        high: mIoU.mean + (mIoU.deviation ?? 0),
        title: `${name}\n${numberText(mIoU, 2)} % mIoU\n${
          speed.perSecond.toPrecision(3)
        } images per second`,
      }]
      : []
  ).toSorted((a, b) => a.patch - b.patch);
  if (points.length === 0) return null;
  const [least, most] = [
    Math.min(...points.map(({ x }) => x)),
    Math.max(...points.map(({ x }) => x)),
  ];
  const at = { x: "x", y: "y" };
  const height = Math.round(Math.min(420, Math.max(280, width * 0.6)));
  const options: Plot.PlotOptions = {
    ...frame,
    width,
    height,
    color: colour(groups),
    x: {
      type: most / least > 3 ? "log" : "linear", // within less a logarithmic scale has next to no ticks
      domain: [least / 1.3, most * 1.3],
      label: "images per second →",
      ticks: width < NARROW ? 4 : 8,
      tickFormat: "~r",
    },
    y: { label: "↑ mIoU (%)", grid: true, nice: true, inset: 12 },
  };
  const marks = [
    Plot.line(joinedByPatch(points), { ...at, z: "family", stroke: "var(--line)", strokeWidth: 2 }),
    Plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: "name", strokeWidth: 2 }),
    Plot.dot(points, { ...at, fill: "name", r: 6, stroke: "var(--ground)" }),
  ];
  const hover = Plot.tip(points, Plot.pointer({ ...at, title: "title", ...tip }));
  if (width < NARROW) return Plot.plot({ ...options, marks: [...marks, hover] });
  const scales = Plot.plot({ ...options, marks });
  const [toX, toY] = [scales.scale("x")!, scales.scale("y")!];
  const anchors = points.map(({ x, y, name }) => ({
    x: toX.apply(x),
    y: toY.apply(y),
    text: name,
  }));
  const area = {
    left: frame.marginLeft,
    top: 4,
    right: width,
    bottom: height - frame.marginBottom,
  };
  const labels = placeLabels(anchors, [], area, 12).map((place, i) => ({
    ...place,
    ...points[i]!,
    px: place.x,
    py: place.y,
  }));
  const text = Plot.text(labels, {
    x: { value: "px", scale: null },
    y: { value: "py", scale: null },
    text: "name",
    fill: "name",
    stroke: "var(--ground)",
  });
  return Plot.plot({ ...options, marks: [...marks, text, hover] });
}

function trainingCurves(groups: readonly GroupData[], width: number): Element | null {
  const points = groups.flatMap(({ name, curves }) =>
    curves.flatMap(({ seed, points }) =>
      points.map(([step, loss]) => ({
        name,
        line: `${name} ${seed}`,
        step,
        loss,
        title: `${name}${curves.length > 1 ? `, seed ${seed}` : ""}\nstep ${step}\nloss ${
          loss.toFixed(3)
        }`,
      }))
    )
  );
  if (points.length === 0) return null;
  const several = groups.some(({ curves }) => curves.length > 1);
  const at = { x: "step", y: "loss" };
  return Plot.plot({
    ...frame,
    width,
    height: Math.min(380, Math.max(260, width * 0.55)),
    color: colour(groups),
    x: { label: "step →", zero: true, ticks: width < NARROW ? 4 : 8 },
    y: { label: "↑ train/loss (nats per pixel)", grid: true, nice: true },
    marks: [
      Plot.line(points, {
        ...at,
        z: "line",
        stroke: "name",
        strokeWidth: several ? 1 : 2,
        strokeOpacity: several ? 0.35 : 1,
      }),
      ...several
        ? [
          Plot.line(
            points,
            Plot.groupX({ y: "mean" }, { ...at, z: "name", stroke: "name", strokeWidth: 2 }),
          ),
        ]
        : [],
      Plot.tip(points, Plot.pointer({ ...at, title: "title", ...tip })),
    ],
  });
}

function perClassIou(groups: readonly GroupData[], width: number): Element | null {
  const scores = groups.flatMap(({ name, classes }) =>
    classes.flatMap(({ name: label, iou }) =>
      iou
        ? [{
          name,
          label,
          x: iou.mean,
          low: Math.max(0, iou.mean - (iou.deviation ?? 0)),
          high: Math.min(100, iou.mean + (iou.deviation ?? 0)),
          title: `${name}\n${label}\n${numberText(iou, 1)} % IoU`,
        }]
        : []
    )
  );
  if (scores.length === 0) return null;
  const labels = [...new Set(scores.map(({ label }) => label))];
  const best = (label: string) =>
    Math.max(...scores.filter((score) => score.label === label).map(({ x }) => x));
  const at = { x: "x", y: "label" };
  return Plot.plot({
    ...frame,
    width,
    height: 24 * labels.length + 70,
    marginLeft: 12 + Math.max(...labels.map((label) => textWidth(label, 11))),
    color: colour(groups),
    x: { domain: [0, 100], label: "IoU (%) →", grid: true, ticks: width < NARROW ? 5 : 10 },
    y: {
      type: "point",
      domain: labels.toSorted((a, b) => best(b) - best(a)),
      label: null,
      padding: 0.5,
    },
    marks: [
      Plot.ruleY(scores, Plot.groupY({ x1: "min", x2: "max" }, { ...at, stroke: "var(--line)" })),
      Plot.ruleY(scores, { y: "label", x1: "low", x2: "high", stroke: "name", strokeWidth: 2 }),
      Plot.dot(scores, { ...at, fill: "name", r: 5, stroke: "var(--ground)" }),
      Plot.tip(scores, Plot.pointer({ ...at, title: "title", ...tip })),
    ],
  });
}
