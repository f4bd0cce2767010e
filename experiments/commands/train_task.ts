import type { Command } from "commander";
import { basename, join } from "node:path";
import { requireApart } from "../../lib/data/apart.ts";
import { type Dataset, keepInMemory } from "../../lib/data/dataset.ts";
import { datasetSizes } from "../../lib/data/image_sizes.ts";
import { workingSize } from "../../lib/data/working_size.ts";
import type { Preset } from "../../lib/families/recipe.ts";
import { presetOf, variantOf } from "../../lib/families/registry.ts";
import { kindInWords } from "../../lib/images/image.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { fitting } from "../../lib/json.ts";
import type { RunTask } from "../../lib/runs/complete_run.ts";
import { readGiven } from "../../lib/runs/given.ts";
import { longerConfig } from "../../lib/runs/longer.ts";
import {
  type Choices,
  OWN,
  ownRecipe,
  presetRecipe,
  type RunRecipe,
} from "../../lib/runs/recipes.ts";
import { readConfig, readingIn, resizeIn, strideIn } from "../../lib/runs/run_files.ts";
import { scaledDownOf, scaledDownTable } from "../../lib/runs/scaled_down.ts";
import { namedData } from "../../lib/sets/named.ts";
import { trainConfigSchema } from "../../lib/train/config.ts";
import { type DeviceOption, providerOf } from "./device_option.ts";
import { pretrainedFile } from "./located_model.ts";
import { printFormat } from "./opened_data.ts";
import { dataPlaces } from "./paths.ts";
import { print } from "./print.ts";
import { readingOf } from "./reading_options.ts";
import { resizeOf, type ResizeOption } from "./resize_option.ts";
import { chosenRecipe, stepsOf, type TrainingOptions } from "./training_options.ts";

/** What the command is told. */
export interface TrainOptions
  extends
    Omit<Choices, "variant" | "resize">,
    Reading,
    TrainingOptions,
    ResizeOption,
    DeviceOption {
  readonly data?: string;
  readonly variant?: string;
  readonly preset?: string;
  readonly scaleDown?: number;
  readonly out: string;
  readonly resume?: true;
  readonly findLr?: true;
  readonly tensorboard?: true;
}

/** What a training is of. */
export type Task = Pick<
  RunTask,
  "name" | "config" | "origin" | "train" | "val" | "pretrained" | "given"
>;

/** The run that options describe. */
export async function taskOfOptions(options: TrainOptions): Promise<Task> {
  const { out, seed } = options;
  const preset = presetAsked(options);
  const data = given(options.data ?? preset?.data, "--data");
  const variant = given(options.variant ?? preset?.variants[0], "--variant");
  variantOf(variant);
  const beginning = options.pretrained;
  const pretrained = beginning === undefined ? null : await pretrainedFile(beginning);
  const reading = { ...options.resume && await readingIn(options.out), ...readingOf(options) };
  const train = await namedData(data, "train", dataPlaces, reading);
  const bands = bandsOf(train);
  const val = await namedData(data, "val", dataPlaces, { ...reading, ...bands });
  if (bands && preset) {
    throw new RangeError(
      `Cannot train ${options.preset} on ${data}: a published recipe needs RGB images, got ` +
        `${kindInWords(bands.channels, true)}; choose a --variant without --preset`,
    );
  }
  if (bands) {
    print(
      `Images: ${kindInWords(bands.channels, true)} as stored; pictures show ` +
        `${bands.channels < 3 ? "the first in grey" : "the first three"}, stretched`,
    );
  }
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
  const chosen = await chosenRecipe(recipe.config, options, val);
  const config = { ...chosen, device: await providerOf(options) };
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
export function isAlone({ resume, data, preset }: TrainOptions, command: Command): boolean {
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
export async function taskOfFolder({ out, steps, maxPixels }: TrainOptions): Promise<Task> {
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

/** How a data set's images are read where they are bands. */
function bandsOf({ source }: Dataset): { readonly channels: number } | null {
  const channels = source?.reading?.channels;
  return channels === undefined ? null : { channels };
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
  options: TrainOptions,
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

/** The preset that is asked for; without one there is nothing to scale down. */
function presetAsked({ preset, scaleDown }: TrainOptions): Preset | null {
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
  options: Omit<TrainOptions, "resize"> & Choices,
  data: { readonly name: string } & Pick<Dataset, "classes">,
): Pick<RunTask, "config" | "origin"> {
  const by = options.scaleDown ?? 1;
  const config = presetRecipe(preset, options, by);
  const beginning = options.pretrained ?? "random weights";
  const scaledDown = scaledDownOf(preset, config, by, data, beginning);
  print(scaledDownTable(options.preset!, scaledDown));
  return { config, origin: { preset: options.preset!, scaledDown } };
}
