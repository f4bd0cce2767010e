import type { Dataset } from "../data/dataset.ts";
import { IGNORE } from "../images/image.ts";
import { ConfusionMatrix, type Metrics } from "../scoring/confusion.ts";
import { consoleTable, type Row } from "../report/table.ts";
import type { FinishedRun } from "./finished_runs.ts";

/**
 * The table of finished runs for a terminal, and under it what a network would score that answers the
 * largest class of the validation images everywhere.
 */
export async function runsTable(runs: readonly FinishedRun[], val: Dataset): Promise<string> {
  const rows = runs.map(({ label, config, summary, environment }): Row => {
    const { inference } = environment.speeds;
    return {
      run: label,
      variant: config.variant,
      parameters: `${(summary.parameters / 1e6).toFixed(2)} M`,
      "mIoU (%)": (100 * summary.final!.mIoU).toFixed(2),
      "images per second": inference === undefined ? null : inference.toPrecision(3),
    };
  });
  const { name, metrics } = await largestClass(val);
  const baseline: Row = {
    run: `always ${name}`,
    variant: null,
    parameters: null,
    "mIoU (%)": (100 * metrics.mIoU).toFixed(2),
    "images per second": null,
  };
  return consoleTable([...rows, baseline]);
}

/** The class with the most pixels, and the scores of answering it everywhere. */
export async function largestClass(val: Dataset): Promise<{ name: string; metrics: Metrics }> {
  const pixels = new Float64Array(IGNORE + 1);
  for (let i = 0; i < val.length; i++) {
    for (const label of (await val.example(i)).labels.data) pixels[label]!++;
  }
  const counts = pixels.subarray(0, val.classes.length);
  const largest = counts.indexOf(Math.max(...counts));
  const confusion = new ConfusionMatrix(val.classes.length);
  for (const [label, count] of counts.entries()) {
    confusion.counts[label * val.classes.length + largest] = count;
  }
  return { name: val.classes[largest]!, metrics: confusion.metrics() };
}
