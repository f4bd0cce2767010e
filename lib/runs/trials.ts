import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { NetworkPredictor } from "../inference/predictor.ts";
import { readModel } from "../models/model_file.ts";
import type { Listener } from "../progress.ts";
import type { Metrics } from "../scoring/confusion.ts";
import { evaluate } from "../scoring/evaluate.ts";
import { type Inference, inferenceOf } from "../train/config.ts";
import type { FinishedRun, Trial } from "./experiment.ts";
import { perClassOf, writeTrials } from "./run_files.ts";

/** The tests of a finished run that are not done yet, each written when it is through. */
export async function completeTrials(
  { run, label, folder, config, trials: done }: FinishedRun,
  trials: Readonly<Record<string, Trial>>,
  val: Dataset,
  { onProgress }: Listener,
): Promise<void> {
  const open = Object.entries(trials).filter(([name, trial]) =>
    trial.run === run && !Object.hasOwn(done, name)
  );
  if (open.length === 0) return;
  const { classes, weights } = await readModel(join(folder, "model.safetensors"));
  const inference = inferenceOf(config, classes.length);
  let scores = done;
  for (const [name, trial] of open) {
    const protocol = protocolOf(inference, trial);
    const predictor = new NetworkPredictor({
      ...inference,
      protocol,
      weights,
      threads: config.threads,
    });
    const title = `${label}: ${name}`;
    const { scores: { metrics } } = await evaluate(predictor, val, ({ index }) => {
      onProgress?.({ title, done: index + 1, total: val.length, unit: "image" });
    });
    scores = { ...scores, [name]: storedScores(metrics, classes) };
    await writeTrials(folder, scores);
  }
}

/** The network's own protocol but for what the trial says; windows never leave gaps. */
function protocolOf({ protocol, window, stride }: Inference, trial: Trial) {
  const side = trial.window ?? window;
  const step = trial.stride ?? (trial.window === undefined ? stride : side);
  return {
    ...protocol,
    windows: { window: side, stride: Math.min(step, side), enlarge: true },
    ratios: trial.scales ?? protocol.ratios,
    flip: trial.flip ?? protocol.flip,
  };
}

function storedScores({ mIoU, pixelAccuracy, iou }: Metrics, classes: readonly string[]) {
  return { mIoU, pixelAccuracy, perClass: perClassOf(classes, iou) };
}
