/** `deno task train`: trains a variant on a user's own data, or by a published recipe. */
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { presets, variants } from "../../lib/families/registry.ts";
import { assistRun } from "../../lib/runs/assist_run.ts";
import { completeRun, type RunTask } from "../../lib/runs/complete_run.ts";
import { findRate } from "../../lib/runs/find_rate.ts";
import { OWN } from "../../lib/runs/recipes.ts";
import { drawOverlays } from "../../lib/runs/run_figures.ts";
import { bestIn } from "../../lib/runs/validation.ts";
import { dataNames } from "../../lib/sets/named.ts";
import type { RateTest } from "../../lib/train/rate_test.ts";
import { displaying, main, newCommand, positive, whole } from "./command.ts";
import { repository, userPath } from "./paths.ts";
import { printObjectSummary } from "./object_table.ts";
import { print } from "./print.ts";
import { withDeviceOption } from "./device_option.ts";
import { ranksHere } from "./ranks.ts";
import { withReadingOptions } from "./reading_options.ts";
import { longSide } from "./resize_option.ts";
import { printFinalScores } from "./scores_table.ts";
import { stoppable } from "./stopping.ts";
import { isAlone, taskOfFolder, taskOfOptions, type TrainOptions } from "./train_task.ts";
import { withTrainingOptions } from "./training_options.ts";

const PICTURES = 4;

/** The command; its help says the defaults. */
export function trainCommand(): Command {
  const command = newCommand("train")
    .description(
      "Trains a network on your own images, evaluates it on the validation ones, and writes config, " +
        "metrics, weights (model.safetensors) and pictures into a folder.",
    )
    .option(
      "--data <name>",
      `${dataNames}; needed without --preset`,
    )
    .option(
      "--variant <name>",
      `one of ${Object.keys(variants).join(", ")}; needed without --preset`,
    )
    .requiredOption("--out <folder>", "where the run goes; new or empty", userPath)
    .option(
      "--preset <name>",
      `a published recipe, with its data and its variant: ${Object.keys(presets).join(", ")}; ` +
        "other options override it, and a table says what differs",
    )
    .option(
      "--scale-down <n>",
      "with --preset: divides steps and warm-up; batch and crop stay unless --batch and --crop say " +
        "otherwise (default: 1)",
      whole(1),
    )
    .option(
      "--pretrained <checkpoint>",
      "weights to begin from: the backbone's ImageNet weights (timm or DeiT ViT, AugReg npz, " +
        "mit_bX.pth, torchvision ResNet) or a whole network (Seglab's or published): a file, a " +
        "finished run's folder, or a folder that holds one checkpoint",
      userPath,
    )
    .option("--steps <n>", `optimizer steps (default: ${OWN.steps})`, whole(1))
    .option("--batch <n>", `images at a time (default: ${OWN.batch}, or all if fewer)`, whole(1))
    .option(
      "--accumulate <n>",
      "batches in a step; with mpirun of each process, whose number changes no byte of what comes out",
      whole(1),
      1,
    )
    .option(
      "--crop <pixels>",
      `side of the crops and of the windows in evaluation (default: ${OWN.crop}, or the first ` +
        "image's short side in whole patches if less)",
      whole(1),
    )
    .option(
      "--resize <long>",
      "the working size, kept with the model: images are learned from and seen at this length of their " +
        "longer side in pixels; none leaves them their own (default: the middle one of the training " +
        "images, at most three crops; of a preset: the published)",
      longSide,
    )
    .option(
      "--lr <rate>",
      `highest learning rate (default: with --pretrained ${OWN.lr.pretrained}, or what the ` +
        `variant's family was fine-tuned with, or else ${OWN.lr.random})`,
      positive,
    )
    .option("--checkpoint-every <n>", "steps between two checkpoints", whole(1), 50)
    .option("--seed <n>", "of weights and augmentation", whole(0), 1)
    .option("--threads <n>", "results depend on it", whole(1), navigator.hardwareConcurrency)
    .option(
      "--find-lr",
      "trains nothing: tries learning rates from 1e-6 to 10 in 100 steps, draws the loss over them " +
        "(lr.png, lr.json in --out) and suggests one",
    )
    .option("--tensorboard", "also writes the metrics as event files into --out, for TensorBoard")
    .option(
      "--resume",
      "go on with a run that was stopped; its --out is enough. With more --steps a finished run goes on " +
        "to there, on the schedule of its new length",
    );
  return withReadingOptions(withDeviceOption(withTrainingOptions(command))).action(trainOn);
}

async function trainOn(options: TrainOptions, command: Command): Promise<void> {
  const { out } = options;
  const ranks = ranksHere();
  const task = isAlone(options, command)
    ? await taskOfFolder(options)
    : await taskOfOptions({ ...options, accumulate: options.accumulate * ranks.size });
  const whole: RunTask = {
    folder: out,
    ...task,
    resume: options.resume ?? false,
    keepCheckpoint: true,
    pictures: PICTURES,
    isTold: true,
    ranks,
    isForTensorBoard: options.tensorboard ?? false,
    repository,
  };
  const run = <T>(work: (task: RunTask) => Promise<T>) =>
    displaying(({ show: onProgress, say: onMessage }) =>
      stoppable((stop) => work({ ...whole, onProgress, onMessage, stop }), onMessage)
    );
  if (ranks.rank > 0) {
    return await stoppable((stop) => assistRun({ ...whole, stop }), () => {});
  }
  if (options.findLr) return printRate(await run(findRate), out);
  const summary = await run(completeRun);
  const overlays = await drawOverlays(
    [{ label: "prediction", folder: out }],
    join(out, "overlays"),
  );
  printFinalScores({ ...summary.final!, perClass: summary.perClass });
  if (summary.objects) printObjectSummary(summary.objects);
  const { step, mIoU } = summary.best!;
  print(`${join(out, "model.safetensors")} (the last step)`);
  if (existsSync(bestIn(out))) {
    const score = step === summary.steps ? "the last one" : `mIoU ${(100 * mIoU).toFixed(2)} %`;
    print(`${bestIn(out)} (step ${step} of ${summary.steps}, which validated best: ${score})`);
  }
  print(overlays);
}

/** Prints what a test of learning rates suggests, and where it is drawn. */
function printRate({ suggestion, steepest, lowest }: RateTest, out: string): void {
  const short = (rate: number) => rate.toExponential(1);
  print(
    `The loss falls fastest at a rate of ${short(steepest)} and is lowest at ${short(lowest)}: ` +
      `try --lr ${short(suggestion)}`,
  );
  print(join(out, "lr.png"));
}

if (import.meta.main) await main(trainCommand());
