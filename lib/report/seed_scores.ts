import * as Plot from "@observablehq/plot";
import { spreadOf } from "../statistics.ts";
import type { Drawing } from "./picture.ts";
import { textWidth } from "./place_labels.ts";
import { colourOf, FONT_SIZE, frameOf, renderPlot } from "./plot.ts";

/** What a run scored with each of its seeds; mIoU between 0 and 1. */
export interface SeedScores {
  readonly label: string;
  readonly mIoU: readonly number[];
  /** What a paper published of its counterpart, between 0 and 1. */
  readonly published?: number;
}

const NAMES = ["a seed", "mean ± standard deviation", "published, in the paper's setting"] as const;

/**
 * mIoU in percent, a row a run: a dot for each seed, a line of a standard deviation to both sides of their
 * mean, and what the paper published as a diamond, where it stands beside ours.
 */
export function seedScores(runs: readonly SeedScores[]): Drawing {
  if (runs.length === 0) {
    throw new RangeError("Cannot draw scores: it needs at least one run, got none");
  }
  const labels = runs.map(({ label }) => label);
  const dots = runs.flatMap(({ label, mIoU }) => mIoU.map((x) => ({ label, x: 100 * x })));
  const means = runs.map(({ label, mIoU }) => {
    const { mean, deviation } = spreadOf(mIoU);
    const half = 100 * (deviation ?? 0);
    return { label, mean: 100 * mean, low: 100 * mean - half, high: 100 * mean + half };
  });
  const published = runs.flatMap(({ label, published }) => {
    return published === undefined ? [] : [{ label, x: 100 * published }];
  });
  const hasSeveral = runs.some(({ mIoU }) => mIoU.length > 1);
  const names = NAMES.filter((_, i) => [true, hasSeveral, published.length > 0][i]!);
  const colour = (mark: number) => colourOf(names, NAMES[mark]!);
  const line = { stroke: colour(1), strokeWidth: 2.5 };
  const { options, legend } = frameOf(names, 28 * runs.length + 12, "");
  const ends = [...dots.map(({ x }) => x), ...means.flatMap(({ low, high }) => [low, high])]
    .concat(published.map(({ x }) => x));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = Math.max(1, 0.08 * (high - low));
  return renderPlot({
    ...options,
    marginLeft: 24 + Math.max(...labels.map((label) => textWidth(label, FONT_SIZE))),
    marginRight: 64,
    x: { domain: [low - room, high + room], label: "mIoU (%) →", grid: true },
    y: { domain: labels, label: null, type: "point", padding: 0.6 },
    marks: [
      Plot.dot(dots, { x: "x", y: "label", r: 3.5, stroke: colour(0), strokeWidth: 1.5 }),
      ...hasSeveral
        ? [
          Plot.ruleY(means, { x1: "low", x2: "high", y: "label", ...line }),
          Plot.dot(means, { x: "mean", y: "label", r: 5, fill: colour(1), stroke: "white" }),
        ]
        : [],
      Plot.dot(published, { x: "x", y: "label", symbol: "diamond", r: 5, fill: colour(2) }),
      Plot.text(means, {
        x: () => high + room,
        y: "label",
        text: ({ mean }: { mean: number }) => mean.toFixed(1),
        textAnchor: "start",
        dx: 8,
      }),
      ...legend,
    ],
  });
}
