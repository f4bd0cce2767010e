import * as Plot from "@observablehq/plot";
import { frameOf } from "./figure_parts.ts";
import type { Drawing } from "./picture.ts";
import { renderPlot } from "./plot.ts";

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

/** Resident memory in MiB, from 0 on, over the number of images: a line a process. */
export function memoryOverImages(curves: readonly MemoryCurve[]): Drawing {
  const samples = curves.flatMap(({ label, samples }) => samples.map((s) => ({ label, ...s })));
  if (samples.length === 0) {
    throw new RangeError("Cannot draw memory: it needs at least one sample, got none");
  }
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
