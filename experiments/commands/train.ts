/** `deno task train`: trains a variant on a user's own data, or by a published recipe. */
import type { Command } from "commander";
import { basename, join } from "node:path";
import { type Dataset, keepInMemory } from "../../lib/data/dataset.ts";
import { presetOf, presets, variantOf, variants } from "../../lib/families/registry.ts";
import { requireApart } from "../../lib/data/apart.ts";
import type { Reading } from "../../lib/images/reading.ts";
import type { Preset } from "../../lib/families/recipe.ts";
import { dataNames, namedData } from "../../lib/sets/named.ts";
import { drawOverlays } from "../../lib/runs/run_figures.ts";
import { type Choices, OWN, ownRecipe, presetRecipe } from "../../lib/runs/recipes.ts";
import { pretrainedFile } from "./located_model.ts";
import { dataPlaces, repository, userPath } from "./paths.ts";
import { scaledDownOf, scaledDownTable } from "../../lib/runs/scaled_down.ts";
import { completeRun, type RunTask } from "../../lib/runs/complete_run.ts";
import { bestIn } from "../../lib/runs/validation.ts";
import { readingIn, strideIn } from "../../lib/runs/run_files.ts";
import { printFinalScores } from "./scores_table.ts";
import { stoppable } from "./stopping.ts";
import {
  chosenRecipe,
  stepsOf,
  type TrainingOptions,
  withTrainingOptions,
} from "./training_options.ts";
import { displaying, main, newCommand, positive, whole } from "./command.ts";
import { printFormat } from "./opened_data.ts";
import { readingOf, withReadingOptions } from "./reading_options.ts";
import { print } from "./print.ts";

interface Options extends Omit<Choices, "variant">, Reading, TrainingOptions {
  readonly data?: string;
  readonly variant?: string;
  readonly preset?: string;
  readonly scaleDown?: number;
  readonly out: string;
  readonly resume?: true;
}

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
    .option("--accumulate <n>", "batches in a step", whole(1), 1)
    .option(
      "--crop <pixels>",
      `side of the crops and of the windows in evaluation (default: ${OWN.crop}, or the first ` +
        "image's short side in whole patches if less)",
      whole(1),
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
    .option("--resume", "go on with a run that was stopped, given the same options");
  return withReadingOptions(withTrainingOptions(command)).action(trainOn);
}

async function trainOn(options: Options): Promise<void> {
  const { out, seed } = options;
  const preset = presetAsked(options);
  const data = given(options.data ?? preset?.data, "--data");
  const variant = given(options.variant ?? preset?.variants[0], "--variant");
  variantOf(variant);
  const beginning = options.pretrained;
  const pretrained = beginning === undefined ? null : await pretrainedFile(beginning);
  const reading = { ...options.resume && await readingIn(out), ...readingOf(options) };
  const train = keepInMemory(await namedData(data, "train", dataPlaces, reading));
  const val = await namedData(data, "val", dataPlaces, reading);
  printFormat(train);
  requireApart(train, val);
  const batch = options.batch ?? preset?.recipe.batch ?? Math.min(OWN.batch, train.length);
  const steps = stepsOf({ ...options, batch: batch * options.accumulate }, train.length);
  const windows = options.resume ? await strideIn(out) : {};
  const choices = { ...options, ...windows, variant, ...steps && { steps } };
  const recipe = preset
    ? fromPreset(preset, choices, { name: data, classes: train.classes })
    : { config: await ownRecipe(choices, train) };
  const config = await chosenRecipe(recipe.config, options, val);
  const summary = await displaying((display) =>
    stoppable((stop) =>
      completeRun({
        folder: out,
        name: { experiment: "train", run: basename(out), seed },
        ...recipe,
        config,
        train,
        val,
        pretrained,
        resume: options.resume ?? false,
        pictures: PICTURES,
        repository,
        onProgress: display.show,
        onMessage: display.say,
        stop,
      }), display.say)
  );
  const overlays = await drawOverlays(
    [{ label: "prediction", folder: out }],
    join(out, "overlays"),
  );
  printFinalScores({ ...summary.final!, perClass: summary.perClass });
  const { step, mIoU } = summary.best!;
  const isLast = step === summary.steps;
  print(join(out, "model.safetensors"));
  if (!isLast) {
    print(`${bestIn(out)} (step ${step} of ${summary.steps}: mIoU ${(100 * mIoU).toFixed(2)} %)`);
  }
  print(overlays);
}

/** The preset that is asked for; without one there is nothing to scale down. */
function presetAsked({ preset, scaleDown }: Options): Preset | null {
  if (preset !== undefined) return presetOf(preset);
  if (scaleDown === undefined) return null;
  throw new RangeError("Cannot scale a recipe down: --preset NAME needed, got none");
}

function given(value: string | undefined, option: string): string {
  if (value !== undefined) return value;
  throw new RangeError(`Cannot train: ${option} needed, or a --preset that has one, got neither`);
}

/** The config of a preset, and where it comes from; prints what differs from the published recipe. */
function fromPreset(
  preset: Preset,
  options: Options & Choices,
  data: { readonly name: string } & Pick<Dataset, "classes">,
): Pick<RunTask, "config" | "origin"> {
  const by = options.scaleDown ?? 1;
  const config = presetRecipe(preset, options, by);
  const beginning = options.pretrained ?? "random weights";
  const scaledDown = scaledDownOf(preset, config, by, data, beginning);
  print(scaledDownTable(options.preset!, scaledDown));
  return { config, origin: { preset: options.preset!, scaledDown } };
}

if (import.meta.main) await main(trainCommand());
