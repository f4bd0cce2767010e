import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeClassEmbeddings } from "../analysis/class_embeddings.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Predictor } from "../inference/predictor.ts";
import { readModel } from "../models/model_file.ts";
import { median } from "../statistics.ts";
import type { FinishedRun } from "./experiment.ts";
import { writeClasses } from "./pictures.ts";
import { writeEnvironment } from "./run_files.ts";
import { trainedPredictor } from "./trained_predictor.ts";

/** How speeds are measured: the first `images` of the validation images, `rounds` times. */
export interface SpeedOptions {
  readonly threads: number;
  readonly images: number;
  readonly rounds: number;
}

/**
 * Measures the inference of finished runs against each other: all networks are compiled first, then
 * take turns on the same images, and the median of the rounds counts. Whatever else the machine does
 * meets them alike. Writes images per second into each run's environment.json.
 */
export async function measureSpeeds(
  runs: readonly FinishedRun[],
  val: Dataset,
  { threads, images, rounds }: SpeedOptions,
): Promise<void> {
  const count = Math.min(images, val.length);
  const examples = await Promise.all(Array.from({ length: count }, (_, i) => val.example(i)));
  const contenders: Predictor[] = [];
  for (const run of runs) contenders.push(await contender(run, val, threads));
  const passes = contenders.map((predictor) => async () => {
    const started = performance.now();
    for (const { image } of examples) await predictor.predict(image);
    return (performance.now() - started) / 1000;
  });

  for (const pass of passes) await pass(); // compiles
  const seconds: number[][] = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, pass] of passes.entries()) seconds[i]!.push(await pass());
  }
  for (const [i, { folder, environment }] of runs.entries()) {
    const inference = examples.length / median(seconds[i]!);
    await writeEnvironment(folder, {
      ...environment,
      speeds: { ...environment.speeds, inference: Number(inference.toPrecision(4)) },
    });
  }
}

async function contender(
  { folder, config }: FinishedRun,
  val: Dataset,
  threads: number,
): Promise<Predictor> {
  const path = join(folder, "model.safetensors");
  if (!existsSync(path)) {
    throw new Error(
      `Cannot measure the speed of ${folder}: its model.safetensors is needed (git does not hold ` +
        `it), got none; remove the folder and train the run again`,
    );
  }
  const model = await readModel(path);
  await writeClasses(folder, model);
  await writeClassEmbeddings(folder, model, val);
  return trainedPredictor({ ...model, config }, threads);
}
