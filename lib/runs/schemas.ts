import { z } from "zod";

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

/** One line of metrics.jsonl: the step and finite numbers by name, as `"train/loss": 1.83`. */
export const metricsLineSchema = z.object({ step: count }).catchall(z.number());

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
  /** SHA-256 of the weights file, 64 hexadecimal digits; null where none was written. */
  weights: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
});

/** environment.json: what may differ between repetitions: machine, versions, times, speeds. */
export const environmentSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  /** The git commit, with `-dirty` behind it when tracked sources differ; null without git. */
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
});

/** What config.json holds. */
export type Config = z.infer<typeof configSchema>;
/** A line of metrics.jsonl. */
export type MetricsLine = z.infer<typeof metricsLineSchema>;
/** What summary.json holds. */
export type Summary = z.infer<typeof summarySchema>;
/** What environment.json holds. */
export type Environment = z.infer<typeof environmentSchema>;
