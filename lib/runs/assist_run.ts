import { ALONE, decided } from "../ranks/ranks.ts";
import { checkpointFile } from "../train/checkpoint.ts";
import { train as trainOn } from "../train/train.ts";
import { checkpointPath } from "./checkpoint_path.ts";
import { resolved, type RunTask } from "./complete_run.ts";
import { initialWeights } from "./initial_weights.ts";
import { requireSameRun } from "./same_run.ts";

/**
 * Computes this rank's part of a run that the first rank keeps, until it ends; writes nothing. A run that
 * needs no training is left to the first rank.
 */
export async function assistRun(task: RunTask): Promise<void> {
  const { ranks = ALONE, folder, resume, train: dataset, stop } = task;
  const config = await resolved(task);
  await requireSameRun(task, config);
  if (!await decided(ranks, () => true)) return;
  await trainOn({
    config,
    dataset,
    checkpoint: checkpointFile(checkpointPath(folder)),
    resume,
    ranks,
    initial: await initialWeights(task, config),
    ...task.isTold && { onRehearsed: () => {} },
    onValidation: () => Promise.resolve(false), // the first rank's counts
    ...stop && { stop },
  });
}
