import * as Plot from "@observablehq/plot";
import { colours, FONT_SIZE, frameOf, unscaled } from "./figure_parts.ts";
import type { Drawing } from "./picture.ts";
import { renderPlot } from "./plot.ts";

/** Pixels whose confidence lies between two bounds; shares in 0 to 1, NaN where there are none. */
export interface Reliability {
  readonly from: number;
  readonly to: number;
  /** Share of all pixels. */
  readonly share: number;
  /** Mean confidence of these pixels. */
  readonly confidence: number;
  /** Share of these pixels that are right. */
  readonly accuracy: number;
}

/** Mean IoU in 0 to 1 by size of instances, NaN for a size without instances, and the run's name. */
export interface SizeIou {
  readonly label: string;
  readonly sizes: Readonly<Record<string, { readonly mean: number; readonly instances: number }>>;
}

/**
 * The reliability diagram: accuracy of the pixels of each bin of confidence as bars, with the bin's
 * share of all pixels in a row above all of them, against the dashed line on which confidence is right.
 */
export function reliabilityDiagram(bins: readonly Reliability[]): Drawing {
  const filled = bins.filter(({ share }) => share > 0);
  if (filled.length === 0) {
    throw new RangeError("Cannot draw reliability: it needs unscaled with a confidence, got none");
  }
  const bars = filled.map(({ from, to, share, confidence, accuracy }) => ({
    from: 100 * from,
    to: 100 * to,
    confidence: 100 * confidence,
    accuracy: 100 * accuracy,
    share: share < 0.001 ? "<0.1" : (100 * share).toFixed(share < 0.0995 ? 1 : 0),
  }));
  const names = ["accuracy of a bin", "mean confidence of a bin"];
  const { options, legend } = frameOf(names, 420, "↑ accuracy (%)");
  return renderPlot({
    ...options,
    x: { domain: [0, 100], label: "confidence (%) →" },
    y: { domain: [0, 110], label: "↑ accuracy (%)", grid: true, ticks: 6 },
    marks: [
      Plot.rectY(bars, { x1: "from", x2: "to", y: "accuracy", fill: colours[0]!, inset: 0.5 }),
      Plot.line([[0, 0], [100, 100]], { stroke: "#777", strokeDasharray: "5,4" }),
      Plot.ruleY(bars, {
        x1: "from",
        x2: "to",
        y: "confidence",
        stroke: colours[1]!,
        strokeWidth: 3,
        insetLeft: 2,
        insetRight: 2,
      }),
      Plot.text(bars, {
        x: ({ from, to }: { from: number; to: number }) => (from + to) / 2,
        y: 106, // clear of bars and of the dashed line, which end at 100
        text: ({ share }: { share: string }) => `${share} %`,
        fill: "#222",
        fontSize: 10.5,
      }),
      Plot.text(["top row: share of all pixels"], {
        x: unscaled(options.width - options.marginRight),
        y: unscaled(14),
        textAnchor: "end",
        fontSize: FONT_SIZE,
      }),
      ...legend,
    ],
  });
}

/** Mean IoU in percent by size of instances, a bar for each run; under each size its instances. */
export function iouBySize(runs: readonly SizeIou[]): Drawing {
  if (runs.length === 0) {
    throw new RangeError("Cannot draw IoU by size: it needs at least one run, got none");
  }
  const names = runs.map(({ label }) => label);
  const sizes = Object.entries(runs[0]!.sizes);
  const room = 0.7; // of a size's unit of x; the rest is between the sizes
  const bars = runs.flatMap((run, index) =>
    sizes.map(([size], place) => ({
      label: run.label,
      from: place + (1 - room) / 2 + room * index / runs.length,
      to: place + (1 - room) / 2 + room * (index + 1) / runs.length,
      percent: 100 * run.sizes[size]!.mean,
    }))
  ).filter(({ percent }) => !Number.isNaN(percent));
  const highest = Math.max(0, ...bars.map(({ percent }) => percent)) || 100;
  const { options, legend } = frameOf(names, 280, "↑ mean IoU (%)");
  return renderPlot({
    ...options,
    x: {
      domain: [0, sizes.length],
      ticks: sizes.map((_, place) => place + 0.5),
      tickFormat: (_: number, place: number) => {
        const [size, { instances }] = sizes[place]!;
        return `${size}\n(${instances.toLocaleString("en-US")} instances)`;
      },
      tickSize: 0,
      label: null,
    },
    y: { domain: [0, 1.1 * highest], label: "↑ mean IoU (%)", grid: true },
    marks: [
      Plot.rectY(bars, {
        x1: "from",
        x2: "to",
        y: "percent",
        fill: "label",
        insetLeft: 2,
        insetRight: 2,
      }),
      Plot.text(bars, {
        x: ({ from, to }: { from: number; to: number }) => (from + to) / 2,
        y: "percent",
        text: ({ percent }: { percent: number }) => percent.toFixed(1),
        dy: -8,
        fontSize: FONT_SIZE,
      }),
      Plot.ruleY([0], { stroke: "#888" }),
      ...legend,
    ],
  });
}
