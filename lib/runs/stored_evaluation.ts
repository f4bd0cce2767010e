import { join } from "node:path";
import { z } from "zod";
import type { LabelMap } from "../images/image.ts";
import { decodeLabels } from "../images/decode.ts";
import { protocolSchema } from "../families/protocol_schema.ts";
import { fitting, readJson, readLines } from "../json.ts";
import { withRemedy } from "../remedy.ts";
import { fileName } from "./pictures.ts";
import { SCHEMA } from "./run_files.ts";

const share = z.number().min(0).max(1).nullable();
const perClass = z.record(z.string(), share);
const sizeSchema = z.object({ mIoU: share, instances: z.int() });

const binSchema = z.object({
  from: z.number(),
  to: z.number(),
  share: z.number(),
  confidence: z.number().nullable().transform((mean) => mean ?? NaN),
  accuracy: z.number().nullable().transform((mean) => mean ?? NaN),
});

const evaluationSchema = z.object({
  schema: z.literal(SCHEMA),
  data: z.string(),
  protocol: protocolSchema,
  mIoU: share,
  pixelAccuracy: share,
  meanAccuracy: share,
  frequencyWeightedIoU: share,
  meanDice: share,
  boundaryIoU: share,
  calibrationError: share,
  perClass,
  perClassBoundaryIoU: perClass,
  pixels: z.record(z.string(), z.int()),
  calibration: z.array(binSchema),
  bySize: z.object({ small: sizeSchema, medium: sizeSchema, large: sizeSchema }),
});
const linesSchema = z.array(z.object({ name: z.string(), mIoU: share }));
const classesSchema = z.object({ classes: z.array(z.string()) });

/** What evaluation.json holds; shares between 0 and 1, null where there was nothing to score. */
export type EvaluationScores = z.infer<typeof evaluationSchema>;

/** An evaluation's folder, as `EvaluationFolder` leaves it. */
export interface StoredEvaluation {
  readonly folder: string;
  readonly scores: EvaluationScores;
  readonly classes: readonly string[];
  /** The images in the data set's order, with their own mIoU. */
  readonly images: readonly { readonly name: string; readonly mIoU: number | null }[];
}

const NEEDED = { needs: "the folder of a finished evaluation of this version" };

/** Reads an evaluation's folder, but for its predictions. */
export async function readEvaluation(folder: string): Promise<StoredEvaluation> {
  const path = (name: string) => join(folder, name);
  return await advised(async () => {
    const scores = await readJson(path("evaluation.json"), evaluationSchema, NEEDED);
    const { classes } = await readJson(path("confusion.json"), classesSchema, NEEDED);
    const lines = await found(path("images.jsonl"), readLines);
    const images = fitting(lines, path("images.jsonl"), linesSchema, NEEDED);
    return { folder, scores, classes, images };
  });
}

/** The prediction [h, w] that an evaluation's folder holds for an image. */
export async function readPrediction(folder: string, name: string): Promise<LabelMap> {
  const path = join(folder, "predictions", `${fileName(name)}.png`);
  return await advised(async () => {
    const { width, height, channels, data } = await found(path, decodeLabels);
    if (channels === 1 && data instanceof Uint8Array) return { width, height, data };
    throw new SyntaxError(
      `Cannot read ${path}: it needs palette indices as an evaluation writes them, got a picture ` +
        `of another kind`,
    );
  });
}

async function found<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  return await read(path).catch((cause) => {
    if (cause?.code !== "ENOENT") throw cause;
    throw new RangeError(`Cannot read ${path}: it needs ${NEEDED.needs}, got no such file`, {
      cause,
    });
  });
}

/** Whatever is wrong with an evaluation, another one helps. */
async function advised<T>(read: () => Promise<T>): Promise<T> {
  return await read().catch((error) => {
    throw withRemedy(error, { kind: "evaluate" });
  });
}
