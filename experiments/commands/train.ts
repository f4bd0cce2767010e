/** `deno task train`: trains a variant on a user's own data, or by a published recipe. */
import type { Command } from "commander";
import { basename, join } from "node:path";
import { type Dataset, keepInMemory } from "../../lib/data/dataset.ts";
import { datasetSizes, workingSize } from "../../lib/data/working_size.ts";
import { presetOf, presets, variantOf, variants } from "../../lib/families/registry.ts";
import { requireApart } from "../../lib/data/apart.ts";
import type { Reading } from "../../lib/images/reading.ts";
import type { Preset } from "../../lib/families/recipe.ts";
import { dataNames, namedData } from "../../lib/sets/named.ts";
import { drawOverlays } from "../../lib/runs/run_figures.ts";
import {
  type Choices,
  OWN,
  ownRecipe,
  presetRecipe,
  type RunRecipe,
} from "../../lib/runs/recipes.ts";
import { pretrainedFile } from "./located_model.ts";
import { dataPlaces, repository, userPath } from "./paths.ts";
import { scaledDownOf, scaledDownTable } from "../../lib/runs/scaled_down.ts";
import { findRate } from "../../lib/runs/find_rate.ts";
import type { RateTest } from "../../lib/train/rate_test.ts";
import { completeRun, type RunTask } from "../../lib/runs/complete_run.ts";
import { fitting } from "../../lib/json.ts";
import { bestIn } from "../../lib/runs/validation.ts";
import { readGiven } from "../../lib/runs/given.ts";
import { longerConfig } from "../../lib/runs/longer.ts";
import { readConfig, readingIn, resizeIn, strideIn } from "../../lib/runs/run_files.ts";
import { trainConfigSchema } from "../../lib/train/config.ts";
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
import { longSide, resizeOf, type ResizeOption } from "./resize_option.ts";
import { print } from "./print.ts";

interface Options
  extends Omit<Choices, "variant" | "resize">, Reading, TrainingOptions, ResizeOption {
  readonly data?: string;
  readonly variant?: string;
  readonly preset?: string;
  readonly scaleDown?: number;
  readonly out: string;
  readonly resume?: true;
  readonly findLr?: true;
  readonly tensorboard?: true;
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
  return withReadingOptions(withTrainingOptions(command)).action(trainOn);
}

async function trainOn(options: Options, command: Command): Promise<void> {
  const { out } = options;
  const task = isAlone(options, command)
    ? await taskOfFolder(options)
    : await taskOfOptions(options);
  const whole: RunTask = {
    folder: out,
    ...task,
    resume: options.resume ?? false,
    keepCheckpoint: true,
    pictures: PICTURES,
    isTold: true,
    isForTensorBoard: options.tensorboard ?? false,
    repository,
  };
  const run = <T>(work: (task: RunTask) => Promise<T>) =>
    displaying(({ show: onProgress, say: onMessage }) =>
      stoppable((stop) => work({ ...whole, onProgress, onMessage, stop }), onMessage)
    );
  if (options.findLr) return printRate(await run(findRate), out);
  const summary = await run(completeRun);
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

/** What a training is of. */
type Task = Pick<
  RunTask,
  "name" | "config" | "origin" | "train" | "val" | "pretrained" | "given"
>;

async function taskOfOptions(options: Options): Promise<Task> {
  const { out, seed } = options;
  const preset = presetAsked(options);
  const data = given(options.data ?? preset?.data, "--data");
  const variant = given(options.variant ?? preset?.variants[0], "--variant");
  variantOf(variant);
  const beginning = options.pretrained;
  const pretrained = beginning === undefined ? null : await pretrainedFile(beginning);
  const reading = { ...options.resume && await readingIn(options.out), ...readingOf(options) };
  const train = await namedData(data, "train", dataPlaces, reading);
  const val = await namedData(data, "val", dataPlaces, reading);
  printFormat(train);
  requireApart(train, val);
  const batch = options.batch ?? preset?.recipe.batch ?? Math.min(OWN.batch, train.length);
  const steps = stepsOf({ ...options, batch: batch * options.accumulate }, train.length);
  const { resize: _, ...others } = options;
  const resize = await workingSizeOf(options, train, preset !== null);
  const windows = options.resume ? await strideIn(out) : {};
  const choices = { ...others, ...resize, ...windows, variant, ...steps && { steps } };
  const recipe = preset
    ? fromPreset(preset, choices, { name: data, classes: train.classes })
    : { config: await ownRecipe(choices, train) };
  const config = await chosenRecipe(recipe.config, options, val);
  return {
    name: { experiment: "train", run: basename(out), seed },
    ...recipe,
    config,
    train: kept(train, config),
    val,
    pretrained,
    given: { schema: 1, data, base: dataPlaces.base, faulty: reading.faulty ?? null, pretrained },
  };
}

/** What `--resume` goes with where the run's folder says all else. */
const BESIDE = ["out", "resume", "steps", "maxPixels", "tensorboard"];

/** Whether a run is to be resumed by its folder alone. */
function isAlone({ resume, data, preset }: Options, command: Command): boolean {
  if (!resume || data !== undefined || preset !== undefined) return false;
  const others = command.options.filter((option) => {
    const name = option.attributeName();
    return command.getOptionValueSource(name) === "cli" && !BESIDE.includes(name);
  });
  if (others.length === 0) return true;
  throw new RangeError(
    `Cannot resume: --out alone (and --steps, to make a finished run longer), or all options that the ` +
      `run began with, needed, got ${others.map(({ long }) => long).join(", ")} without --data`,
  );
}

/** The run in a folder as it began, or a finished one made longer. */
async function taskOfFolder({ out, steps, maxPixels }: Options): Promise<Task> {
  const given = await readGiven(out);
  const { experiment, run, seed, preset, scaledDown, ...settings } = await readConfig(out);
  const needed = { needs: "the config of a training run" };
  const written = join(out, "config.json");
  const before = fitting({ ...settings, seed }, written, trainConfigSchema, needed);
  const config = steps === undefined ? before : await longerConfig(out, before, steps);
  const reading = {
    ...await readingIn(out),
    ...maxPixels && { maxPixels },
    ...given.faulty && { faulty: given.faulty },
  };
  const places = { ...dataPlaces, base: given.base };
  const { pretrained } = given;
  return {
    name: { experiment, run, seed },
    config,
    origin: { ...preset !== undefined && { preset, scaledDown } },
    train: kept(await namedData(given.data, "train", places, reading), config),
    val: await namedData(given.data, "val", places, reading),
    pretrained: pretrained === null ? null : await pretrainedFile(pretrained),
    given,
  };
}

/** Examples in memory, unless training resizes them and keeps what it made. */
function kept(train: Dataset, { resize }: Pick<RunRecipe, "resize">): Dataset {
  return resize ? train : keepInMemory(train);
}

/**
 * The working size: what is chosen, what the run that resumes has, or else by the sizes of the training
 * images; nothing where a preset has its own.
 */
async function workingSizeOf(
  options: Options,
  train: Dataset,
  hasPreset: boolean,
): Promise<{ readonly resize?: number | null }> {
  if (options.resize !== undefined || hasPreset) return resizeOf(options);
  const before = options.resume && await resizeIn(options.out);
  if (before !== undefined) return { resize: before };
  const { long, words } = workingSize(await datasetSizes(train), options.crop ?? OWN.crop);
  print(`Working size: ${words} (--resize changes it)`);
  return { resize: long };
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
  options: Omit<Options, "resize"> & Choices,
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
