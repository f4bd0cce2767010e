import { join } from "node:path";
import { writeAtomically } from "../files.ts";
import { rateFigure } from "../report/rate_figure.ts";
import { RATE_STEPS, type RateTest, testRates } from "../train/rate_test.ts";
import { resolved, type RunTask } from "./complete_run.ts";
import { initialWeights } from "./initial_weights.ts";
import { lockFolder } from "./lock_folder.ts";

/**
 * Finds a learning rate for a run that is not done: writes lr.json, lr.svg and lr.png into its folder, where
 * the run itself may begin afterwards.
 */
export async function findRate(task: RunTask): Promise<RateTest> {
  const { folder, train: dataset, onProgress, stop } = task;
  const config = await resolved(task);
  using _ = await lockFolder(folder, "Cannot look for a learning rate in");
  const work = { title: "learning rates", total: RATE_STEPS, unit: "step" } as const;
  const images = config.batch * config.accumulate;
  onProgress?.({ ...work, done: 0, images });
  const found = await testRates({
    config,
    dataset,
    initial: await initialWeights(task, config),
    onStep: (done, loss, lr) => onProgress?.({ ...work, done, images, values: { loss, lr } }),
    ...stop && { stop },
  });
  await writeAtomically(join(folder, "lr.json"), JSON.stringify(found, null, 1) + "\n");
  await rateFigure(found).save(join(folder, "lr"));
  return found;
}
