import { type Command, InvalidArgumentError } from "commander";
import type { z } from "zod";
import type { Dataset } from "../../lib/data/dataset.ts";
import { laterDefaults } from "../../lib/families/recipe.ts";
import { lossNames, parseLoss } from "../../lib/nn/losses/parse.ts";
import { augmentChoice, augmentSetNames } from "../../lib/runs/augment_sets.ts";
import type { ClassWeights, RunRecipe } from "../../lib/runs/recipes.ts";
import { usualValidation } from "../../lib/runs/validation.ts";
import {
  layerDecaySchema,
  sampleSchema,
  scheduleSchema,
  taskSchema,
} from "../../lib/train/choices.ts";
import type { TrainConfig } from "../../lib/train/config.ts";
import { positive, whole } from "./command.ts";

/** What a user changes of a recipe, besides what it is fitted to. */
export interface TrainingOptions {
  readonly epochs?: number;
  readonly valEvery?: number;
  readonly patience?: number;
  readonly bestBy?: string;
  readonly ema?: number;
  readonly dropPath?: number;
  readonly weightDecay?: number;
  readonly loss?: string;
  readonly classWeights?: ClassWeights;
  readonly labelSmoothing?: number;
  readonly freeze?: TrainConfig["freeze"];
  readonly loraRank?: number;
  readonly loraAlpha?: number;
  readonly layerDecay?: number;
  readonly schedule?: TrainConfig["schedule"];
  readonly sample?: TrainConfig["sample"];
  readonly binary?: true;
  readonly task?: TrainConfig["task"];
  /** A named set, or a file. */
  readonly augment?: string;
  /** False where --no-flip is given. */
  readonly flip: boolean;
}

/** A command with these options. */
export function withTrainingOptions(command: Command): Command {
  return command
    .option("--epochs <n>", "in place of --steps: how often each image is seen", whole(1))
    .option(
      "--val-every <n>",
      "steps between two looks at validation images, of which the best weights are kept as " +
        "best.safetensors; 0 never looks (default: ten times a run, in about 5 % of its time)",
      whole(0),
    )
    .option("--patience <n>", "end after so many looks that are not better", whole(1))
    .option(
      "--best-by <what>",
      "by what a look is better: mIoU, loss, or the IoU of a class by its name (default: mIoU)",
    )
    .option("--ema <decay>", "keep a moving average of the weights, for example 0.999", share)
    .option(
      "--drop-path <rate>",
      "stochastic depth of the encoder, in place of the recipe's",
      share,
    )
    .option("--weight-decay <rate>", "in place of the recipe's", notNegative)
    .option(
      "--loss <sum>",
      `what is minimised: ${lossNames}, or a sum such as ce+dice or "0.5*ce+tversky(beta=0.8)" ` +
        "(default: ce)",
      lossText,
    )
    .option(
      "--class-weights <weights>",
      "what classes count: balanced (by the training images' label counts), or a number for each, " +
        "1,0.5,2 (default: all alike)",
      classWeights,
    )
    .option(
      "--label-smoothing <share>",
      "of the truth, spread over all classes in ce (default: 0)",
      share,
    )
    .option(
      "--freeze <part>",
      "what stays as it begins: encoder, or a number: so many of its blocks and what is before them",
      frozenPart,
    )
    .option(
      "--lora-rank <n>",
      "adapters of this rank on the encoder's attention learn in place of the encoder; merged into " +
        "model.safetensors, alone in adapter.safetensors",
      whole(1),
    )
    .option(
      "--lora-alpha <a>",
      `adapters count alpha / rank (default: ${laterDefaults.loraAlpha})`,
      positive,
    )
    .option(
      "--layer-decay <factor>",
      "each layer of the encoder learns so many times as fast as the next, for example 0.75 (default: 1)",
      (text) => oneOf(layerDecaySchema, Number(text), "a number above 0, 1 at most"),
    )
    .option(
      "--schedule <name>",
      "how the learning rate falls: poly, cosine, constant, or two-stage (EoMT's: the encoder stays as it is until " +
        "the rest is warm, then warms up twice as long; default: poly, the recipes')",
      (text) => oneOf(scheduleSchema, text, scheduleSchema.options.join(", ")),
    )
    .option(
      "--sample <name>",
      "shuffled (each image once an epoch) or balanced (half of the crops show a class that is drawn, " +
        "all classes equally often; default: shuffled)",
      (text) => oneOf(sampleSchema, text, sampleSchema.options.join(", ")),
    )
    .option(
      "--binary",
      "of two classes, gives the second where its probability exceeds the threshold that has the highest IoU " +
        "on the validation images; model.safetensors has it in its bias",
    )
    .option(
      "--task <name>",
      "what a network of queries (EoMT) learns to say: semantic (the class of each pixel), panoptic (all objects) " +
        "or instance (the things), for data that tells objects apart (default: semantic)",
      (text) => oneOf(taskSchema, text, taskSchema.options.join(", ")),
    )
    .option(...augmentOption)
    .option("--no-flip", "without mirror images, where left and right mean something");
}

/** The flags and the help of the option by which an augmentation is chosen. */
export const augmentOption = [
  "--augment <set>",
  `what is done to training images: ${augmentSetNames.join(", ")}, or a JSON file of the same ` +
  "settings (data/README.md lists them); the recipe's own without it",
] as const;

/** What an augmentation changes of a recipe; without mirror images where `flip` is false. */
export async function augmented(
  augment: string | undefined,
  flip: boolean,
): Promise<Partial<RunRecipe>> {
  if (augment === undefined) return flip ? {} : { flip };
  const { recipe, extras } = await augmentChoice(augment);
  if (flip) return { ...recipe, extras };
  return { ...recipe, flip, extras: { ...extras, verticalFlip: false } };
}

/** The steps that so many epochs take; `steps` where none are chosen. */
export function stepsOf(
  { epochs, steps, batch }: {
    readonly epochs?: number;
    readonly steps?: number;
    readonly batch: number;
  },
  images: number,
): number | undefined {
  if (epochs === undefined) return steps;
  if (steps !== undefined) {
    throw new RangeError("Cannot train: --epochs or --steps needed, got both");
  }
  return epochs * Math.max(1, Math.floor(images / batch));
}

/** A recipe with what is chosen of it, and validation on the way. */
export async function chosenRecipe(
  recipe: RunRecipe,
  options: TrainingOptions,
  val: Dataset,
): Promise<RunRecipe> {
  const { valEvery, patience, bestBy, ema, dropPath, weightDecay, augment, flip } = options;
  const { loss, classWeights, labelSmoothing } = options;
  const { freeze, loraRank, loraAlpha, layerDecay, schedule, sample, binary, task } = options;
  if (loraAlpha !== undefined && loraRank === undefined) {
    throw new RangeError("Cannot train: --lora-rank needed with --lora-alpha, got none");
  }
  if (valEvery === 0 && patience !== undefined) {
    throw new RangeError("Cannot be patient: looks at validation images needed, got --val-every 0");
  }
  const usual = async () => usualValidation(recipe, (await val.example(0)).image, val.length);
  return {
    ...recipe,
    ...dropPath === undefined ? {} : { dropPath },
    ...weightDecay === undefined ? {} : { weightDecay },
    ...loss === undefined ? {} : { loss },
    ...classWeights === undefined ? {} : { classWeights },
    ...labelSmoothing === undefined ? {} : { labelSmoothing },
    ...freeze === undefined ? {} : { freeze },
    ...loraRank === undefined ? {} : { loraRank },
    ...loraAlpha === undefined ? {} : { loraAlpha },
    ...layerDecay === undefined ? {} : { layerDecay },
    ...schedule === undefined ? {} : { schedule },
    ...sample === undefined ? {} : { sample },
    ...binary === undefined ? {} : { binary },
    ...task === undefined ? {} : { task },
    ...await augmented(augment, flip),
    ...ema === undefined ? {} : { ema },
    ...patience === undefined ? {} : { patience },
    ...bestBy === undefined ? {} : { bestBy },
    validate: valEvery === 0 ? null : { ...await usual(), ...valEvery && { every: valEvery } },
  };
}

/** "encoder", or a number of blocks. */
function frozenPart(text: string): TrainConfig["freeze"] {
  if (text === "encoder") return text;
  try {
    return whole(0)(text);
  } catch {
    throw new InvalidArgumentError(`"encoder" or a whole number of blocks is needed`);
  }
}

function oneOf<T>(schema: z.ZodType<T>, value: unknown, needed: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`${needed} is needed`);
}

function lossText(text: string): string {
  parseLoss(text);
  return text;
}

/** "balanced", or numbers with commas. */
function classWeights(text: string): ClassWeights {
  if (text === "balanced") return text;
  const weights = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (weights.every((weight) => weight >= 0 && Number.isFinite(weight))) return weights;
  throw new InvalidArgumentError(
    `"balanced" or a number from 0 on for each class, with commas between them, is needed`,
  );
}

function share(text: string): number {
  const value = Number(text);
  if (value >= 0 && value < 1 && text.trim() !== "") return value;
  throw new InvalidArgumentError("a number from 0 to below 1 is needed");
}

function notNegative(text: string): number {
  const value = Number(text);
  if (value >= 0 && Number.isFinite(value) && text.trim() !== "") return value;
  throw new InvalidArgumentError("a number from 0 on is needed");
}
