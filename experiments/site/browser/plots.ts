import * as Plot from "@observablehq/plot";
import type { GroupData, SpreadData } from "../page_data.ts";

/** A figure of an experiment's page at a width in pixels; null where there is nothing to draw. */
type Figure = (groups: readonly GroupData[], width: number) => Element | null;

/** The figures by the ids of their places. */
export const figures: Readonly<Record<string, Figure>> = {
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

function accuracyVsSpeed(groups: readonly GroupData[], width: number): Element | null {
  const points = groups.flatMap(({ name, family, patch, mIoU, speed }) =>
    mIoU && speed
      ? [{
        name,
        family,
        patch,
        x: speed.mean,
        y: mIoU.mean,
        low: mIoU.mean - (mIoU.deviation ?? 0),
        high: mIoU.mean + (mIoU.deviation ?? 0),
        title: `${name}\n${numberText(mIoU, 2)} % mIoU\n${
          speed.mean.toPrecision(3)
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
  return Plot.plot({
    ...frame,
    width,
    height: Math.min(420, Math.max(280, width * 0.6)),
    color: colour(groups),
    x: {
      type: "log",
      domain: [least / 1.3, most * 1.3],
      label: "images per second →",
      ticks: width < 500 ? 4 : 8,
      tickFormat: "~r",
    },
    y: { label: "↑ mIoU (%)", grid: true, nice: true, inset: 12 },
    marks: [
      Plot.line(points, { ...at, z: "family", stroke: "var(--line)", strokeWidth: 2 }),
      Plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: "name", strokeWidth: 2 }),
      Plot.dot(points, { ...at, fill: "name", r: 6, stroke: "var(--ground)" }),
      Plot.text(points, { ...at, text: "name", dy: -13, fill: "name", stroke: "var(--ground)" }),
      Plot.tip(points, Plot.pointer({ ...at, title: "title", ...tip })),
    ],
  });
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
    x: { label: "step →", zero: true, ticks: width < 500 ? 4 : 8 },
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
          low: iou.mean - (iou.deviation ?? 0),
          high: iou.mean + (iou.deviation ?? 0),
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
    marginLeft: 12 + 7 * Math.max(...labels.map(({ length }) => length)),
    color: colour(groups),
    x: { domain: [0, 100], label: "IoU (%) →", grid: true, ticks: width < 500 ? 5 : 10 },
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
