import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { IGNORE } from "../images/image.ts";
import { consoleTable, markdownTable, type Row } from "../report/table.ts";
import { ConfusionMatrix, type Metrics } from "../scoring/confusion.ts";
import type { FinishedRun } from "./experiment.ts";
import { readConfig, readEnvironment, readSummary } from "./run_files.ts";

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

/** All experiments of a results folder in Markdown: for each a table of its runs, and its pictures. */
export async function resultsMarkdown(results: string): Promise<string> {
  const sections: string[] = [];
  for (const experiment of await foldersIn(results)) {
    const rows = await rowsOf(join(results, experiment), "");
    if (rows.length === 0) continue;
    const pictures = await picturesOf(results, experiment);
    sections.push([`## ${experiment}`, markdownTable(rows).trimEnd(), ...pictures].join("\n\n"));
  }
  return (sections.length === 0 ? ["There are none yet."] : sections).join("\n\n") + "\n";
}

/**
 * A Markdown text with the table of one experiment's runs between the lines
 * `<!-- results -->` and `<!-- /results -->`, in place of what stood there.
 */
export async function withResults(
  text: string,
  results: string,
  experiment: string,
): Promise<string> {
  const rows = await rowsOf(join(results, experiment), "results/");
  const block = rows.length === 0 ? "There are none yet." : markdownTable(rows).trimEnd();
  const marked = /(<!-- results -->\n)[\s\S]*?(<!-- \/results -->)/;
  return text.replace(marked, (_, start, end) => `${start}\n${block}\n\n${end}`);
}

/** A run a row; folders without a summary.json are not results yet and are left out. */
async function rowsOf(experiment: string, base: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of await foldersIn(experiment)) {
    const folder = join(experiment, name);
    if (!(await namesIn(folder)).includes("summary.json")) continue;
    const summary = await readSummary(folder);
    const { variant } = await readConfig(folder);
    const { speeds } = await readEnvironment(folder);
    rows.push({
      run: `[${name}](${base}${summary.experiment}/${name}/)`,
      variant,
      parameters: `${(summary.parameters / 1e6).toFixed(2)} M`,
      mIoU: summary.final === null ? null : (100 * summary.final.mIoU).toFixed(2),
      "images per second": speeds["inference"] === undefined ? null : speed(speeds["inference"]),
      steps: summary.status === "finished" ? summary.steps : `${summary.steps} (${summary.status})`,
    });
  }
  return rows;
}

/** Three significant digits, more where there are more before the point. */
function speed(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3);
}

/** Markdown pictures of an experiment's folder; of a picture in two formats the SVG is left out. */
async function picturesOf(results: string, experiment: string): Promise<string[]> {
  const files = (await namesIn(join(results, experiment)))
    .filter((file) => /\.(png|jpg|svg)$/.test(file));
  return files
    .filter((file) => !file.endsWith(".svg") || !files.includes(file.replace(/svg$/, "png")))
    .map((file) => `![${file.replace(/\.\w+$/, "").replaceAll("_", " ")}](${experiment}/${file})`);
}

async function foldersIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}
