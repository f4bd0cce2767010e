import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { IGNORE } from "../images/image.ts";
import { foldersIn } from "../listing.ts";
import { consoleTable, markdownTable, type Row } from "../report/table.ts";
import { ConfusionMatrix, type Metrics } from "../scoring/confusion.ts";
import { besideRows } from "./beside_rows.ts";
import { type Contrast, type Experiment, finishedRuns, type PublishedScore } from "./experiment.ts";
import { percents } from "../words.ts";
import { differenceBetween, groupsOf, inferenceSpeed, type RunGroup } from "./run_groups.ts";
import {
  type Environment,
  readConfig,
  readEnvironment,
  readSummary,
  readTrials,
  type Summary,
  type TrialScores,
} from "./run_files.ts";

/**
 * The table of finished runs for a terminal, seeds together, and under it what a network would score that
 * answers the largest class of the validation images everywhere; then what is looked at beside the mIoU, and what the
 * contrasts came to.
 */
export async function runsTable(
  groups: readonly RunGroup[],
  val: Dataset,
  experiment: Pick<Experiment, "contrasts" | "beside" | "data">,
): Promise<string> {
  const rows = scoreRows(groups).map((row, i): Row => {
    return groups[i]!.isTrial ? { ...row, run: `  ${row["run"]}` } : row;
  });
  const { name, metrics } = await largestClass(val);
  const baseline: Row = {
    run: `always ${name}`,
    variant: null,
    parameters: null,
    "mIoU (%)": (100 * metrics.mIoU).toFixed(2),
    seeds: null,
    "images per second": null,
  };
  return [
    [...rows, baseline],
    besideRows(groups, experiment),
    contrastRows(groups, experiment.contrasts ?? []),
  ].filter((rows) => rows.length > 0).map(consoleTable).join("\n");
}

/** A row for each run and each trial: what it is, and its mIoU over the seeds with the deviation. */
export function scoreRows(groups: readonly RunGroup[]): Row[] {
  return groups.map(({ name, seeds, mIoU, isTrial }) => {
    const { config, summary } = seeds[0]!;
    const inference = isTrial ? null : inferenceSpeed(seeds);
    return {
      run: name,
      variant: config.variant,
      parameters: `${(summary.parameters / 1e6).toFixed(2)} M`,
      "mIoU (%)": percents(mIoU),
      seeds: mIoU.length,
      "images per second": inference === null ? null : inference.toPrecision(3),
    };
  });
}

/**
 * What each contrast came to, where both of its sides are finished: points of mIoU, and whether it holds;
 * beside it the same difference of the published numbers, where papers have any.
 */
export function contrastRows(
  groups: readonly RunGroup[],
  contrasts: readonly Contrast[],
  published: readonly PublishedScore[] = [],
): Row[] {
  const named = new Map(groups.map((group) => [group.name, group]));
  const papers = new Map(published.map(({ run, mIoU }) => [run, mIoU]));
  const hasPapers = contrasts.some(({ better, than }) => papers.has(better) && papers.has(than));
  const signed = (points: number) => (points < 0 ? "" : "+") + points.toFixed(2);
  return contrasts.flatMap(({ claim, better, than }): Row[] => {
    const [first, second] = [named.get(better), named.get(than)];
    if (!first || !second) return [];
    const { difference, error, verdict } = differenceBetween(first, second);
    const [theirs, others] = [papers.get(better), papers.get(than)];
    const inPapers = theirs === undefined || others === undefined ? null : signed(theirs - others);
    return [{
      claim,
      "difference (points)": signed(100 * difference),
      "standard error": error === null ? null : (100 * error).toFixed(2),
      verdict,
      ...hasPapers && { "in the paper (points)": inPapers },
    }];
  });
}

/** What papers have, each with our counterpart over the seeds beside it, and the difference of setting. */
export function publishedRows(
  groups: readonly RunGroup[],
  published: readonly PublishedScore[],
): Row[] {
  const scores = new Map(groups.map(({ name, mIoU }) => [name, mIoU]));
  return published.map(({ run, label, mIoU, source }) => {
    const ours = run === null ? undefined : scores.get(run);
    return {
      published: label,
      "mIoU there": mIoU.toFixed(2),
      "our run": run,
      "mIoU here": ours === undefined ? null : percents(ours),
      "where and how": source,
    };
  });
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

/**
 * All experiments of a results folder in Markdown: for each a table of its runs and, where its definition
 * is given, its question, what its contrasts came to and what the papers have; then its pictures.
 */
export async function resultsMarkdown(
  results: string,
  experiments: Readonly<Record<string, Experiment>> = {},
): Promise<string> {
  const sections: string[] = [];
  for (const name of await foldersIn(results)) {
    const rows = await rowsOf(join(results, name), "");
    if (rows.length === 0) continue;
    const experiment = experiments[name];
    const { question = "" } = experiment ?? {};
    const more = experiment ? await comparisonsOf(results, name, experiment) : [];
    const pictures = await picturesOf(results, name);
    const parts = [`## ${name}`, question, markdownTable(rows).trimEnd(), ...more, ...pictures];
    sections.push(parts.filter((part) => part !== "").join("\n\n"));
  }
  return (sections.length === 0 ? ["There are none yet."] : sections).join("\n\n") + "\n";
}

const VERDICTS =
  "A claim is carried, or contradicted, where the difference exceeds twice its standard error; otherwise " +
  "it is open. Tests of the same networks are compared network by network.";

/** What an experiment's contrasts came to and what the papers have, in Markdown. */
async function comparisonsOf(
  results: string,
  name: string,
  experiment: Experiment,
): Promise<string[]> {
  const groups = groupsOf(await finishedRuns(results, name, experiment), experiment);
  const contrasts = contrastRows(groups, experiment.contrasts ?? [], experiment.published);
  const published = publishedRows(groups, experiment.published ?? []);
  const beside = besideRows(groups, experiment);
  return [
    ...beside.length === 0 ? [] : [markdownTable(beside).trimEnd()],
    ...contrasts.length === 0 ? [] : [markdownTable(contrasts).trimEnd(), VERDICTS],
    ...published.length === 0 ? [] : [markdownTable(published).trimEnd()],
  ];
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

/** What a run's folder says of it. */
interface Entry {
  readonly name: string;
  readonly summary: Summary;
  readonly variant: string;
  readonly environment: Environment;
  readonly trials: TrialScores;
}

async function entriesOf(experiment: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of await foldersIn(experiment)) {
    const folder = join(experiment, name);
    if (!(await namesIn(folder)).includes("summary.json")) continue; // no result yet
    const summary = await readSummary(folder);
    const { variant } = await readConfig(folder);
    const environment = await readEnvironment(folder);
    entries.push({ name, summary, variant, environment, trials: await readTrials(folder) });
  }
  return entries;
}

/** A run a row, its seeds together, and its trials below it. */
async function rowsOf(experiment: string, base: string): Promise<Row[]> {
  const entries = await entriesOf(experiment);
  const groups = [...Map.groupBy(entries, ({ summary }) => summary.run).values()];
  const several = groups.some((group) => group.length > 1);
  return groups.flatMap((group) => {
    const [{ name, summary, variant }] = group as [Entry];
    const { run, status, steps } = summary;
    const scores = group.flatMap(({ summary }) => summary.final?.mIoU ?? []);
    const inference = inferenceSpeed(group);
    const rest = (mIoU: readonly number[]) => ({
      mIoU: mIoU.length === 0 ? null : percents(mIoU),
      ...several ? { seeds: mIoU.length } : {},
    });
    const row: Row = {
      run: `[${group.length > 1 ? run : name}](${base}${summary.experiment}/${name}/)`,
      variant,
      parameters: `${(summary.parameters / 1e6).toFixed(2)} M`,
      ...rest(scores),
      "images per second": inference === null ? null : speed(inference),
      steps: status === "finished" ? steps : `${steps} (${status})`,
    };
    const trials = [...new Set(group.flatMap(({ trials }) => Object.keys(trials)))].map((trial) => {
      const tested = group.flatMap(({ trials }) => trials[trial]?.mIoU ?? []);
      const nothing = { parameters: null, "images per second": null, steps: null };
      return { run: `${run}: ${trial}`, variant, ...nothing, ...rest(tested) };
    });
    return [row, ...trials];
  });
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

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}
