import * as Plot from "@observablehq/plot";
import { logDomain } from "./domains.ts";
import type { Drawing } from "./picture.ts";
import { extent, frameOf, renderPlot } from "./plot.ts";

/** Losses over the rates of a test, as they were and smoothed, and the rate that they suggest. */
export interface RateCurve {
  readonly rates: readonly number[];
  readonly losses: readonly number[];
  readonly smoothed: readonly number[];
  readonly suggestion: number;
}

/** The loss over the learning rate (logarithmic); a dashed rule stands at the suggested rate. */
export function rateFigure({ rates, losses, smoothed, suggestion }: RateCurve): Drawing {
  const named = `suggested: ${suggestion.toExponential(1)}`;
  const points = rates.map((rate, i) => ({ rate, loss: losses[i]!, smoothed: smoothed[i]! }));
  const { options, legend } = frameOf(["smoothed loss", named], 312, "↑ loss");
  const [smooth, rule] = options.color!.range as readonly string[];
  return renderPlot({
    ...options,
    x: {
      type: "log",
      domain: logDomain(rates),
      label: "learning rate →",
      tickFormat: ".0e",
      ticks: 8,
    },
    y: { domain: extent(smoothed, 0.1), label: "↑ loss", grid: true, clamp: true },
    marks: [
      Plot.ruleX([suggestion], { stroke: rule!, strokeDasharray: "5,4", strokeWidth: 2 }),
      Plot.dot(points, { x: "rate", y: "loss", fill: smooth!, fillOpacity: 0.35, r: 2 }),
      Plot.line(points, { x: "rate", y: "smoothed", stroke: smooth!, strokeWidth: 2 }),
      ...legend,
    ],
  });
}
