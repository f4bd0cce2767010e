import { access } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { NDArray } from "../array.ts";
import { readSafetensors, writeSafetensors } from "../checkpoints/safetensors.ts";
import { excerpt } from "../words.ts";

/** A run as it was after some steps: weights, and what the optimizer remembers as `STATE/NAME`. */
export interface Checkpoint {
  /** The steps that were done. */
  readonly steps: number;
  readonly values: ReadonlyMap<string, NDArray>;
}

/** Where a run is kept as it was at its last checkpoint. */
export interface CheckpointStore {
  /** The checkpoint, or null where there is none yet; one of none of these runs is a TypeError. */
  read(runs: readonly string[]): Promise<Checkpoint | null>;
  /** Takes the place of the last one. `run` says in JSON which run it belongs to. */
  write(run: string, checkpoint: Checkpoint): Promise<void>;
}

/** Keeps a run in a file. */
export function checkpointFile(path: string): CheckpointStore {
  return {
    read: (runs) => readCheckpoint(path, runs),
    write: (run, checkpoint) => writeCheckpoint(path, run, checkpoint),
  };
}

const metadataSchema = z.object({
  steps: z.string().regex(/^\d+$/).transform(Number),
  /** The config and the classes of the run, as JSON. */
  run: z.string(),
});

/** Writes a checkpoint, whole or not at all. `run` says in JSON which run it belongs to. */
export function writeCheckpoint(path: string, run: string, { steps, values }: Checkpoint) {
  return writeSafetensors(path, values, { metadata: { steps: `${steps}`, run } });
}

/** The checkpoint at a path, or null where there is none; one of none of these runs is a TypeError. */
export async function readCheckpoint(
  path: string,
  runs: readonly string[],
): Promise<Checkpoint | null> {
  try {
    await access(path);
  } catch {
    return null;
  }
  const { tensors, metadata } = await readSafetensors(path);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success || !runs.some((run) => isSameJson(parsed.data.run, run))) {
    throw new TypeError(
      `Cannot resume from ${path}: a checkpoint of this very config needed, got ` +
        `${parsed.success ? excerpt(parsed.data.run, 2000) : "another kind of file"} instead of ${
          runs[0]
        }; ` +
        `give the run another folder, or remove the file to begin again`,
    );
  }
  return { steps: parsed.data.steps, values: tensors };
}

/** Whether a text is JSON of this value. */
function isSameJson(text: string, json: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(text), JSON.parse(json));
  } catch {
    return false;
  }
}
