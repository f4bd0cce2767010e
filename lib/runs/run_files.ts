import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../files.ts";
import { misfit } from "../misfit.ts";
import type { Reading } from "../images/reading.ts";
import { readingOf, trainConfigSchema } from "../train/config.ts";
import { appendLine, filterLines, readJson, readLines } from "../json.ts";

/** Raised by one when a file of a results folder changes its meaning; older ones are then refused. */
export const SCHEMA = 1;

const share = z.number().min(0).max(1);
const count = z.int().min(0);

/**
 * config.json: everything that a run needs to start again, resolved. The keys below are in every
 * one; an experiment adds its own (crop, batch, optimizer …). No times and no dates.
 */
export const configSchema = z.looseObject({
  schema: z.literal(SCHEMA),
  experiment: z.string().min(1),
  run: z.string().min(1),
  seed: count,
  variant: z.string().min(1),
  threads: z.int().min(1),
});

/** What config.json holds. */
export type Config = z.infer<typeof configSchema>;

/** One line of metrics.jsonl: the step and finite numbers by name, as `"train/loss": 1.83`. */
export const metricsLineSchema = z.object({ step: count }).catchall(z.number());

/** A line of metrics.jsonl. */
export type MetricsLine = z.infer<typeof metricsLineSchema>;

const objectSummarySchema = z.union([
  z.strictObject({
    /** Panoptic, segmentation and recognition quality, and the first of things and of stuff. */
    PQ: share,
    SQ: share,
    RQ: share,
    things: share.nullable(),
    stuff: share.nullable(),
    perClass: z.record(z.string(), share.nullable()),
  }),
  /** Average precision by masks. */
  z.strictObject({
    AP: share,
    AP50: share,
    AP75: share,
    perClass: z.record(z.string(), share.nullable()),
  }),
]);

/** summary.json: what came out, shares between 0 and 1; the same on every repetition. */
export const summarySchema = z.strictObject({
  schema: z.literal(SCHEMA),
  status: z.enum(["running", "finished", "failed"]),
  experiment: z.string().min(1),
  run: z.string().min(1),
  seed: count,
  parameters: count,
  steps: count,
  best: z.strictObject({ step: count, mIoU: share }).nullable(),
  final: z.strictObject({ mIoU: share, pixelAccuracy: share, meanAccuracy: share }).nullable(),
  /** IoU by class in the data set's order; null where the class does not occur. */
  perClass: z.record(z.string(), share.nullable()),
  /** Above which probability the second of two classes is given; the weights' bias has it, so that 0.5 is it now. */
  threshold: share.optional(),
  /** How well a network of queries tells objects apart, on all validation images. */
  objects: objectSummarySchema.optional(),
  /** SHA-256 of the weights file, 64 hexadecimal digits; null where none was written. */
  weights: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
});

/** What summary.json holds. */
export type Summary = z.infer<typeof summarySchema>;

/** environment.json: what may differ between repetitions: machine, versions, times, speeds. */
export const environmentSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  /**
   * The git commit, with `-dirty` behind it when tracked sources differ and `-unchecked` where git could
   * not be asked; null without a repository.
   */
  commit: z.string().nullable(),
  versions: z.record(z.string(), z.string()),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.int().min(1),
    memoryGiB: z.number().positive(),
    os: z.string(),
  }),
  threads: z.int().min(1),
  started: z.iso.datetime(),
  seconds: z.number().min(0),
  /** Images per second by what was measured: `inference`, `training` … */
  speeds: z.record(z.string(), z.number().positive()),
  /** Resident memory of the process, at its largest between two steps of training, in MiB. */
  memoryMiB: z.int().min(1).optional(),
});

/** What environment.json holds. */
export type Environment = z.infer<typeof environmentSchema>;

const scoresSchema = z.strictObject({
  mIoU: share,
  pixelAccuracy: share,
  /** IoU by class in the data set's order; null where the class does not occur. */
  perClass: z.record(z.string(), share.nullable()),
});

/** IoU by class as files have it: null where it is NaN, as of a class that does not occur. */
export function perClassOf(
  classes: readonly string[],
  iou: readonly number[],
): Record<string, number | null> {
  const score = (i: number) => Number.isNaN(iou[i]!) ? null : iou[i]!;
  return Object.fromEntries(classes.map((name, i) => [name, score(i)]));
}

/** trials.json: what a run's network scored in other tests than its own, by their names. */
export const trialsSchema = z.record(z.string().min(1), scoresSchema);

/** What trials.json holds. */
export type TrialScores = Readonly<z.infer<typeof trialsSchema>>;

/** What names a results folder. */
export interface RunName {
  readonly experiment: string;
  readonly run: string;
  readonly seed: number;
}

/** The folder of a run: `<results>/<experiment>/<run>-s<seed>`. */
export function runFolder(results: string, { experiment, run, seed }: RunName): string {
  for (const name of [experiment, run]) {
    if (!/^\w[\w.-]*$/.test(name)) {
      throw new SyntaxError(
        `Cannot name a results folder: it needs letters, digits, ".", "_" and "-", got "${name}"`,
      );
    }
  }
  return join(results, experiment, `${run}-s${seed}`);
}

const readingSchema = trainConfigSchema.pick({ exif: true, maxPixels: true, bands: true });

/** How the run in a folder reads its data, if there is one. */
export async function readingIn(folder: string): Promise<Reading> {
  if (!existsSync(join(folder, "config.json"))) return {};
  const path = join(folder, "config.json");
  return readingOf(parsed(path, "read", readingSchema, await readConfig(folder)));
}

const resizeSchema = trainConfigSchema.pick({ resize: true });

/** The working size of the run in a folder; undefined where there is no run. */
export async function resizeIn(folder: string): Promise<number | null | undefined> {
  const path = join(folder, "config.json");
  if (!existsSync(path)) return undefined;
  return parsed(path, "read", resizeSchema, await readConfig(folder)).resize;
}

/** The distance of the windows that a run's folder says, so that it goes on with them; none of no run. */
export async function strideIn(folder: string): Promise<{ readonly stride?: number }> {
  if (!existsSync(join(folder, "config.json"))) return {};
  const { stride } = await readConfig(folder);
  return typeof stride === "number" ? { stride } : {};
}

const RESULTS = {
  needs: "to fit its schema (lib/runs/run_files.ts), as in the results folder of a run",
  advice: "run it first",
};

/** Writes config.json, before step 1. */
export function writeConfig(folder: string, config: Config): Promise<void> {
  return writeJson(join(folder, "config.json"), configSchema, config);
}

/** Reads config.json, from which the run can start again. */
export function readConfig(folder: string): Promise<Config> {
  return readJson(join(folder, "config.json"), configSchema, RESULTS);
}

/**
 * Refuses to go on with a run whose config.json is gone: somebody removed the folder, and what is written
 * into a new one of its name would be a part of a run that looks whole.
 */
export function requireConfig(folder: string): void {
  if (existsSync(join(folder, "config.json"))) return;
  throw new Error(
    `Cannot go on with the run in ${folder}: its config.json needed, got none: the folder was removed ` +
      `or emptied meanwhile; remove what is left of it and run again`,
  );
}

/** Writes summary.json: keys in the schema's order, so that repetitions are equal byte for byte. */
export function writeSummary(folder: string, summary: Summary): Promise<void> {
  return writeJson(join(folder, "summary.json"), summarySchema, summary);
}

/** Reads summary.json. */
export function readSummary(folder: string): Promise<Summary> {
  return readJson(join(folder, "summary.json"), summarySchema, RESULTS);
}

/** Writes trials.json. */
export function writeTrials(folder: string, trials: TrialScores): Promise<void> {
  return writeJson(join(folder, "trials.json"), trialsSchema, trials);
}

/** Reads trials.json; there are none where there is no such file. */
export async function readTrials(folder: string): Promise<TrialScores> {
  const path = join(folder, "trials.json");
  return existsSync(path) ? await readJson(path, trialsSchema, RESULTS) : {};
}

/** Writes environment.json. */
export function writeEnvironment(folder: string, environment: Environment): Promise<void> {
  return writeJson(join(folder, "environment.json"), environmentSchema, environment);
}

/** Reads environment.json. */
export function readEnvironment(folder: string): Promise<Environment> {
  return readJson(join(folder, "environment.json"), environmentSchema, RESULTS);
}

/** Appends one line to metrics.jsonl; a number that is not finite is a RangeError that names it. */
export async function appendMetrics(folder: string, line: MetricsLine): Promise<void> {
  for (const [name, value] of Object.entries(line)) {
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `Cannot log step ${line.step}: ${name} needs to be a finite number, got ${value}`,
      );
    }
  }
  const path = join(folder, "metrics.jsonl");
  await appendLine(path, parsed(path, "write", metricsLineSchema, line));
}

/** The lines of metrics.jsonl in order. */
export async function readMetrics(folder: string): Promise<MetricsLine[]> {
  const path = join(folder, "metrics.jsonl");
  const lines = await readLines(path).catch((error) => {
    throw missing(path, error);
  });
  return lines.map((line) => parsed(path, "read", metricsLineSchema, line));
}

/**
 * Makes metrics.jsonl ready for a run that resumes after `step`: removes the lines that it is going to
 * write again and the half line that a killed process leaves. Without the file there is nothing to do.
 */
export async function truncateMetrics(folder: string, step: number): Promise<void> {
  const path = join(folder, "metrics.jsonl");
  if (!existsSync(path)) return;
  await filterLines(path, (line) => parsed(path, "read", metricsLineSchema, line).step <= step);
}

async function writeJson<T>(path: string, schema: z.ZodType<T>, value: T): Promise<void> {
  const text = JSON.stringify(parsed(path, "write", schema, value), null, 2);
  await writeAtomically(path, text + "\n");
}

function parsed<T>(path: string, what: "read" | "write", schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new SyntaxError(
    `Cannot ${what} ${path}: it needs to fit its schema (lib/runs/run_files.ts), got\n` +
      misfit(result.error),
  );
}

function missing(path: string, cause: unknown): unknown {
  if ((cause as { code?: string }).code !== "ENOENT") return cause;
  return new Error(
    `Cannot read ${path}: it needs the results folder of a run, got no such file; run it first`,
    { cause },
  );
}
