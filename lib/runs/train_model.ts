import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { z } from "zod";
import { checkpointIn } from "../checkpoints/container.ts";
import { readTensors } from "../checkpoints/read.ts";
import { bandStatistics } from "../data/band_statistics.ts";
import { balancedWeights, labelCounts } from "../data/class_balance.ts";
import { checkedDataset } from "../data/checked.ts";
import { type Dataset, keepInMemory } from "../data/dataset.ts";
import { withObjects } from "../data/with_objects.ts";
import { datasetSizes, workingSize } from "../data/working_size.ts";
import { type Architecture, inputChannels, modelOf, type Task } from "../families/family.ts";
import { OWN_NETWORK, ownArchitecture } from "../families/own.ts";
import { variantOf } from "../families/registry.ts";
import { input } from "../graph/tensor.ts";
import { locateModel } from "../models/locate.ts";
import { sha256, type TrainedModel } from "../models/model_file.ts";
import type { OpenedModel } from "../models/open.ts";
import { originOf, type Pretrained, pretrainedFor } from "../models/pretrained.ts";
import { initialize } from "../nn/init.ts";
import { parseLoss } from "../nn/losses/parse.ts";
import type { Model } from "../nn/model.ts";
import { Scope } from "../nn/scope.ts";
import {
  classWeightsSchema,
  freezeSchema,
  labelSmoothingSchema,
  layerDecaySchema,
  sampleSchema,
  scheduleSchema,
  taskSchema,
} from "../train/choices.ts";
import {
  architectureOf,
  configOfReading,
  inferenceOf,
  type TrainConfig,
  trainConfigSchema,
} from "../train/config.ts";
import { type StepReport, train } from "../train/train.ts";
import { OWN, ownRecipe } from "./recipes.ts";

/** What is trained on what; all that is not given follows from the data. */
export interface TrainOptions {
  /** A published network by its name, for example "Seg-T-Mask/16", or a network of your own. */
  readonly network: string | Model;
  /** What is learned from; each example is checked as it is read, and kept while there is room. */
  readonly data: Dataset;
  /** What to begin from: a checkpoint with a backbone's ImageNet weights or a whole network. */
  readonly pretrained?: string;
  /** Optimizer steps; 1000 if not given. */
  readonly steps?: number;
  /** Images in a batch; 8, or all if there are fewer, if not given. */
  readonly batch?: number;
  /** Batches in a step; 1 if not given. */
  readonly accumulate?: number;
  /** Side in pixels of the square crops that are learned from, and of the windows seen later. */
  readonly crop?: number;
  /**
   * The working size: the longer side in pixels that images are resized to, here and when the network is used;
   * null for their own size; the middle one of the training images, at most three crops, if not given.
   */
  readonly resize?: number | null;
  /** The highest learning rate. */
  readonly lr?: number;
  /** What a network of queries (EoMT) learns to say; the class of each pixel ("semantic") if not given. */
  readonly task?: Task;
  /** What is minimised: "ce" if not given, "ce+0.5*dice" …, as the command's --loss has it. */
  readonly loss?: string;
  /** A weight for each class, or "balanced": what is rare counts more; all alike if not given. */
  readonly classWeights?: "balanced" | readonly number[];
  /** The share of the truth in cross entropy that is spread over all classes; 0 if not given. */
  readonly labelSmoothing?: number;
  /** What stays as it begins: "encoder", or so many of its blocks and what is before them. */
  readonly freeze?: "encoder" | number;
  /** The rank of adapters of the encoder's attention, which learn in its place and are merged at the end. */
  readonly loraRank?: number;
  /** Adapters count loraAlpha / loraRank; 16 if not given. */
  readonly loraAlpha?: number;
  /** Each layer of the encoder learns so many times as fast as the next; 1 if not given. */
  readonly layerDecay?: number;
  /** How the learning rate falls; "poly" if not given. */
  readonly schedule?: "poly" | "cosine" | "constant";
  /** "balanced": half of the crops show a class that is drawn; "shuffled" if not given. */
  readonly sample?: "shuffled" | "balanced";
  /** What AdamW takes off the weights; 0.01 if not given. */
  readonly weightDecay?: number;
  /** Lowest and highest random factor of an image's size; [0.5, 2] if not given. */
  readonly scale?: readonly [number, number];
  /** Whether half of the images are mirrored; they are if not given. */
  readonly flip?: boolean;
  /** What happens to colours; "brightness-contrast" if not given. */
  readonly colour?: "photometric" | "brightness-contrast" | "none";
  /** Of first values, order and augmentation: the same seed gives the same network; 1 if not given. */
  readonly seed?: number;
  /** Threads, on which sums depend; as many as the processor has if not given. */
  readonly threads?: number;
  /** Hears of each step. */
  readonly onStep?: (report: StepReport) => void | Promise<void>;
  /** Hears what may be wrong, in words. */
  readonly onMessage?: (text: string) => void;
}

const DOING = "Cannot train";

const callback = <F>() =>
  z.custom<F>((value) => typeof value === "function", { error: "needs a function" });
const isModel = (value: unknown) => typeof Object(value).build === "function";

const optionsSchema = z.strictObject({
  network: z.union([z.string(), z.custom<Model>(isModel)], {
    error: 'needs a network\'s name, for example "Seg-T/16", or a model, as pixelModel gives one',
  }),
  data: z.custom<Dataset>(),
  pretrained: z.string().exactOptional(),
  steps: z.int().min(1).exactOptional(),
  batch: z.int().min(1).exactOptional(),
  accumulate: z.int().min(1).default(1),
  crop: z.int().min(1).exactOptional(),
  resize: z.int().min(1).nullable().exactOptional(),
  lr: z.number().positive().exactOptional(),
  task: taskSchema.exactOptional(),
  loss: z.string().exactOptional(),
  classWeights: z.union([z.literal("balanced"), classWeightsSchema]).exactOptional(),
  labelSmoothing: labelSmoothingSchema.exactOptional(),
  freeze: freezeSchema.exactOptional(),
  loraRank: z.int().min(1).exactOptional(),
  loraAlpha: z.number().positive().exactOptional(),
  layerDecay: layerDecaySchema.exactOptional(),
  schedule: scheduleSchema.exactOptional(),
  sample: sampleSchema.exactOptional(),
  weightDecay: z.number().min(0).exactOptional(),
  scale: z.tuple([z.number().positive(), z.number().positive()]).exactOptional(),
  flip: z.boolean().exactOptional(),
  colour: trainConfigSchema.shape.colour.exactOptional(),
  seed: z.int().min(0).default(1),
  threads: z.int().min(1).default(availableParallelism()),
  onStep: callback<NonNullable<TrainOptions["onStep"]>>().exactOptional(),
  onMessage: callback<NonNullable<TrainOptions["onMessage"]>>().exactOptional(),
});

/**
 * Trains a network and gives it ready to use, without a folder: `segment`, `evaluateModel` and
 * `exportModel` take it, and `writeModel` saves it.
 */
export async function trainModel(options: TrainOptions): Promise<OpenedModel & TrainedModel> {
  const { network, data, onStep, onMessage, ...choices } = parsed(options);
  const dataset = checkedDataset(data, DOING);
  const { classes, palette } = dataset;
  const plain = typeof network === "string" ? null : ownArchitecture(network, classes.length);
  const variant = plain ? OWN_NETWORK : network as string;
  const begun = await checkpointOf(choices.pretrained, plain);
  const config = await configOf({ ...choices, variant }, dataset, plain, begun?.hash ?? null);
  const own = plain && { ...plain, ...config.bands && { channels: config.bands.mean.length } };
  const architecture = own ?? architectureOf(config, classes.length);
  if (own) requireClasses(own, config.crop, classes.length);
  const { values, report } = begun
    ? pretrainedFor(architecture, begun.tensors, begun.objects, begun.origin)
    : NOTHING;
  const { weights } = await train({
    config,
    architecture,
    dataset: config.resize === null ? keepInMemory(dataset) : dataset,
    initial: ({ net }) => new Map([...initialize(net.parameters, config.seed), ...values]),
    ...onStep && { onStep },
    ...onMessage && { onWarning: onMessage },
  });
  const inference = inferenceOf(config, classes.length, architecture);
  const things = config.task === "semantic" ? {} : { things: withObjects(dataset).things };
  const described = { kind: `Seglab ${variant}`, classes, palette, ...things, config };
  return { ...described, ...inference, weights, report, assumed: [] };
}

function parsed(options: TrainOptions): z.infer<typeof optionsSchema> {
  const result = optionsSchema.safeParse(options);
  if (result.success) return result.data;
  throw new RangeError(
    `${DOING}: options as documented needed, got\n${z.prettifyError(result.error)}`,
  );
}

type Chosen =
  & Omit<z.infer<typeof optionsSchema>, "network" | "data" | "onStep" | "onMessage">
  & { readonly variant: string };

/** The recipe for own data with what is chosen of it. */
async function configOf(
  { loss, task, classWeights, labelSmoothing, weightDecay, scale, flip, colour, ...others }: Chosen,
  dataset: Dataset,
  own: Architecture | null,
  pretrained: string | null,
): Promise<TrainConfig> {
  const { freeze, loraRank, loraAlpha, layerDecay, schedule, sample, ...choices } = others;
  const network = own ? { patch: 1, family: own.family } : variantOf(choices.variant);
  const { crop = OWN.crop } = choices;
  const { resize = workingSize(await datasetSizes(dataset), crop).long } = choices;
  const recipe = await ownRecipe({ ...choices, resize, checkpointEvery: 1 }, dataset, network);
  if (loss !== undefined) parseLoss(loss); // its own words, before the schema's
  const weights = classWeights === "balanced"
    ? balancedWeights(await labelCounts(dataset))
    : classWeights;
  return trainConfigSchema.parse({
    ...recipe,
    loss,
    task: task ?? "semantic",
    labelSmoothing,
    classWeights: weights,
    ...{ freeze, loraRank, loraAlpha, layerDecay, schedule, sample },
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

/** The checkpoint that training begins from: its tensors, and the SHA-256 of its file. */
async function checkpointOf(path: string | undefined, own: Architecture | null) {
  if (path === undefined) return null;
  if (own) {
    throw new RangeError(
      `${DOING}: random first values needed for a network of your own, got ${path}`,
    );
  }
  const located = await locateModel(path);
  const file = (await stat(located)).isDirectory() ? await checkpointIn(located) : located;
  const { tensors, objects } = await readTensors(file);
  const origin = await originOf(file, tensors, objects);
  return { tensors, objects, origin, hash: await sha256(file) };
}

/** Refuses a model whose scores do not become probabilities of so many classes. */
function requireClasses(architecture: Architecture, side: number, classes: number): void {
  const model = modelOf(architecture);
  const images = input("images", [1, inputChannels(architecture), side, side]);
  const { outputs } = Scope.build(false, (p) => model.scores(model.build(p, images)));
  const [, channels] = outputs.map.dims(4);
  const found = model.probabilities(input("scores", [1, channels])).shape.at(-1)!;
  if (found === classes) return;
  throw new RangeError(
    `${DOING}: scores of ${classes} classes needed, as many as the data set has, got ${found}`,
  );
}
