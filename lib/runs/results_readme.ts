import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readConfig, readEnvironment, readSummary } from "./run_files.ts";
import { markdownTable, type Row } from "../report/table.ts";

/** The text of results/README.md: for each experiment a table of its runs, and its pictures. */
export async function renderResultsReadme(results: string): Promise<string> {
  const sections: string[] = [];
  for (const experiment of await foldersIn(results)) {
    const rows = await rowsOf(join(results, experiment), "");
    if (rows.length === 0) continue;
    const pictures = await picturesOf(results, experiment);
    sections.push([`## ${experiment}`, markdownTable(rows).trimEnd(), ...pictures].join("\n\n"));
  }
  const body = sections.length === 0 ? ["There are none yet."] : sections;
  return [header, ...body].join("\n\n") + "\n";
}

/**
 * The repository's README with the table of one experiment's runs between the lines
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

const header = `# Results

This file is generated from the folders beside it by \`deno task results\`: do not edit it. mIoU is in
percent; images per second are those of inference on the machine that environment.json describes.`;

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
