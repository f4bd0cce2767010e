import type { z } from "zod";
import type { NDArray } from "../array.ts";
import { bandStatistics } from "../data/band_statistics.ts";
import { balancedWeights, labelCounts } from "../data/class_balance.ts";
import { type Dataset, keepInMemory } from "../data/dataset.ts";
import { withObjects } from "../data/with_objects.ts";
import {
  type Architecture,
  inputChannels,
  modelOf,
  type NetworkConfig,
} from "../families/family.ts";
import { variantOf } from "../families/registry.ts";
import { input } from "../graph/tensor.ts";
import type { TrainedModel } from "../models/description.ts";
import type { OpenedModel } from "../models/open.ts";
import { type Pretrained, pretrainedFor } from "../models/pretrained.ts";
import { initialize } from "../nn/init.ts";
import { parseLoss } from "../nn/losses/parse.ts";
import { Scope } from "../nn/scope.ts";
import {
  architectureOf,
  configOfReading,
  inferenceOf,
  type TrainConfig,
  trainConfigSchema,
} from "../train/config.ts";
import { train } from "../train/train.ts";
import { ownRecipe } from "./recipes.ts";
import type { choiceShape, TrainChoices } from "./train_choices.ts";

/** The network that learns, and what it begins from. */
export interface Learner {
  /** The name of a published network, or OWN_NETWORK. */
  readonly variant: string;
  /** A network of one's own; null for a published one. */
  readonly own: Architecture | null;
  /** What differs from the variant's network; null where nothing does. */
  readonly network: TrainConfig["network"];
  /** First values; null for random ones. */
  readonly begun: Beginning | null;
}

/** The tensors that a training begins from. */
export interface Beginning {
  readonly tensors: ReadonlyMap<string, NDArray>;
  readonly objects?: ReadonlyMap<string, string>;
  /** The configuration of the network that they are of, where it is known. */
  readonly origin: NetworkConfig | null;
  /** The SHA-256 of their file. */
  readonly hash: string;
}

type Choice = z.output<z.ZodObject<typeof choiceShape>>;

/** All that is chosen, the working size too. */
export type Chosen = Omit<Choice, "onStep" | "onMessage" | "resize"> & {
  readonly resize: number | null;
  /** What computes; the processor if not given. */
  readonly device?: TrainConfig["device"];
};

/** A network in training, as it is after some steps; its weights are the next step's to change. */
export type Learning = Omit<OpenedModel, "report">;

/** Who hears of a training. */
export interface Hearers extends Pick<TrainChoices, "onStep" | "onMessage"> {
  /** Looks at the network every `lookEvery` steps and after the last; true ends the training there. */
  readonly onLook?: (step: number, learning: Learning) => Promise<boolean>;
  readonly lookEvery?: number;
}

/** Trains a network by the recipe for own data and gives it ready to use. */
export async function trainOn(
  { variant, own: plain, network, begun }: Learner,
  dataset: Dataset,
  chosen: Chosen,
  { onStep, onMessage, onLook, lookEvery = 1 }: Hearers,
): Promise<OpenedModel & TrainedModel> {
  const { classes, palette } = dataset;
  const recipe = await configOf({ ...chosen, variant }, dataset, plain, begun?.hash ?? null);
  const validate = onLook ? { every: lookEvery, images: dataset.length } : null;
  const config = { ...recipe, network, validate, device: chosen.device ?? recipe.device };
  const own = plain && { ...plain, ...config.bands && { channels: config.bands.mean.length } };
  const architecture = own ?? architectureOf(config, classes.length);
  if (own) requireClasses(own, config.crop, classes.length);
  const { values, report } = begun
    ? pretrainedFor(architecture, begun.tensors, begun.objects, begun.origin)
    : NOTHING;
  const known = {
    kind: `Seglab ${variant}`,
    ...inferenceOf(config, classes.length, architecture),
    classes,
    palette,
    ...config.task !== "semantic" && { things: withObjects(dataset).things },
    assumed: [],
  };
  const { weights } = await train({
    config,
    architecture,
    dataset: config.resize === null ? keepInMemory(dataset) : dataset,
    initial: ({ net }) => new Map([...initialize(net.parameters, config.seed), ...values]),
    ...onStep && { onStep },
    ...onMessage && { onWarning: onMessage },
    ...onLook && { onValidation: (step, weights) => onLook(step, { ...known, weights }) },
  });
  return { ...known, weights, report, config };
}

/** The recipe for own data with what is chosen of it. */
async function configOf(
  { loss, classWeights, labelSmoothing, weightDecay, scale, flip, colour, ...others }:
    & Chosen
    & { readonly variant: string },
  dataset: Dataset,
  own: Architecture | null,
  pretrained: string | null,
): Promise<TrainConfig> {
  const { freeze, loraRank, loraAlpha, layerDecay, schedule, sample, task, ...choices } = others;
  const network = own ? { patch: 1, family: own.family } : variantOf(choices.variant);
  const begun = pretrained === null ? {} : { pretrained };
  const recipe = await ownRecipe({ ...choices, ...begun, checkpointEvery: 1 }, dataset, network);
  if (loss !== undefined) parseLoss(loss); // its own words, before the schema's
  const weights = classWeights === "balanced"
    ? balancedWeights(await labelCounts(dataset))
    : classWeights;
  return trainConfigSchema.parse({
    ...recipe,
    loss: loss ?? recipe.loss,
    labelSmoothing,
    classWeights: weights,
    ...{ freeze, loraRank, loraAlpha, layerDecay, schedule, sample, task },
    weightDecay: weightDecay ?? recipe.weightDecay,
    scale: scale ?? recipe.scale,
    flip: flip ?? recipe.flip,
    colour: colour ?? recipe.colour,
    ...configOfReading(dataset.source?.reading),
    bands: await bandStatistics(dataset),
    pretrained,
  });
}

/** What training from random values takes from a checkpoint. */
const NOTHING: Pick<Pretrained, "values" | "report"> = {
  values: new Map(),
  report: { loaded: [], missing: [], unused: [], misshapen: [] },
};

/** Refuses a model whose scores do not become probabilities of so many classes. */
function requireClasses(architecture: Architecture, side: number, classes: number): void {
  const model = modelOf(architecture);
  const images = input("images", [1, inputChannels(architecture), side, side]);
  const { outputs } = Scope.build(false, (p) => model.scores(model.build(p, images)));
  const [, channels] = outputs.map.dims(4);
  const found = model.probabilities(input("scores", [1, channels])).shape.at(-1)!;
  if (found === classes) return;
  throw new RangeError(
    `Cannot train: scores of ${classes} classes needed, as many as the data set has, got ${found}`,
  );
}
