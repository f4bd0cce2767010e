import * as Plot from "@observablehq/plot";
import type { Drawing } from "./picture.ts";
import { frameOf, renderPlot } from "./plot.ts";

/** A value of a run after a step. */
export interface StepValue {
  readonly step: number;
  readonly value: number;
}

/** A named line of a figure over steps. */
export interface StepCurve {
  readonly label: string;
  readonly values: readonly StepValue[];
}

/** More values than that of a line are drawn as the means of so many groups of neighbours. */
const MOST = 100;

/** More dots than that on a line hide it. */
const MOST_DOTS = 30;

/**
 * Lines over the steps of one run, from 0 to `steps`; a dashed rule stands at the step `marked`, if one
 * is given.
 */
export function stepCurves(
  curves: readonly StepCurve[],
  { yLabel, steps, marked = null }: {
    readonly yLabel: string;
    readonly steps: number;
    readonly marked?: number | null;
  },
): Drawing {
  const values = curves.flatMap(({ label, values }) =>
    grouped(values).map((value) => ({ label, ...value }))
  );
  const dotted = curves.filter(({ values }) => values.length <= MOST_DOTS)
    .map(({ label }) => label);
  const { options, legend } = frameOf(curves.map(({ label }) => label), 200, yLabel);
  const at = { x: "step", y: "value", z: "label" };
  return renderPlot({
    ...options,
    width: 480,
    marginLeft: 64,
    x: { label: "step →", domain: [0, steps], grid: true, ticks: 6 },
    y: { label: yLabel, grid: true, nice: true },
    marks: [
      ...marked === null ? [] : [Plot.ruleX([marked], { stroke: "#888", strokeDasharray: "4,3" })],
      Plot.line(values, { ...at, stroke: "label", strokeWidth: 2 }),
      Plot.dot(values.filter(({ label }) => dotted.includes(label)), {
        ...at,
        fill: "label",
        r: 3,
      }),
      ...legend,
    ],
  });
}

/** Values, or the means of groups of neighbours where they are many. */
function grouped(values: readonly StepValue[]): StepValue[] {
  const size = Math.max(1, Math.ceil(values.length / MOST));
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const group = values.slice(i * size, (i + 1) * size);
    const mean = group.reduce((sum, { value }) => sum + value, 0) / group.length;
    return { step: group.at(-1)!.step, value: mean };
  });
}
