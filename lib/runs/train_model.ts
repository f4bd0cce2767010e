import { stat } from "node:fs/promises";
import { z } from "zod";
import { checkpointIn } from "../checkpoints/container.ts";
import { readTensors } from "../checkpoints/read.ts";
import { checkedDataset } from "../data/checked.ts";
import type { Dataset } from "../data/dataset.ts";
import { datasetSizes } from "../data/image_sizes.ts";
import { workingSize } from "../data/working_size.ts";
import type { Architecture } from "../families/family.ts";
import { OWN_NETWORK, ownArchitecture } from "../families/own.ts";
import type { TrainedModel } from "../models/description.ts";
import { locateModel } from "../models/locate.ts";
import { sha256 } from "../models/model_file.ts";
import type { OpenedModel } from "../models/open.ts";
import { originOf } from "../models/origin.ts";
import type { Model } from "../nn/model.ts";
import { OWN } from "./recipes.ts";
import { choiceShape, type TrainChoices } from "./train_choices.ts";
import { type Beginning, trainOn } from "./train_on.ts";

/** What is trained on what; all that is not given follows from the data. */
export interface TrainOptions extends TrainChoices {
  /** A published network by its name, for example "Seg-T-Mask/16", or a network of your own. */
  readonly network: string | Model;
  /** What is learned from; each example is checked as it is read, and kept while there is room. */
  readonly data: Dataset;
  /** What to begin from: a checkpoint with a backbone's ImageNet weights or a whole network. */
  readonly pretrained?: string;
}

const DOING = "Cannot train";

const isModel = (value: unknown) => typeof Object(value).build === "function";

const optionsSchema = z.strictObject({
  network: z.union([z.string(), z.custom<Model>(isModel)], {
    error: 'needs a network\'s name, for example "Seg-T/16", or a model, as pixelModel gives one',
  }),
  data: z.custom<Dataset>(),
  pretrained: z.string().exactOptional(),
  ...choiceShape,
});

/**
 * Trains a network and gives it ready to use, without a folder: `segment`, `evaluateModel` and
 * `exportModel` take it, and `writeModel` saves it.
 */
export async function trainModel(options: TrainOptions): Promise<OpenedModel & TrainedModel> {
  const { network, data, pretrained, onStep, onMessage, ...choices } = parsed(options);
  const dataset = checkedDataset(data, DOING);
  const own = typeof network === "string" ? null : ownArchitecture(network, dataset.classes.length);
  const variant = own ? OWN_NETWORK : network as string;
  const begun = await checkpointOf(pretrained, own);
  const { crop = OWN.crop } = choices;
  const { resize = workingSize(await datasetSizes(dataset), crop).long } = choices;
  const learner = { variant, own, network: null, begun };
  const hearers = { ...onStep && { onStep }, ...onMessage && { onMessage } };
  return await trainOn(learner, dataset, { ...choices, resize }, hearers);
}

function parsed(options: TrainOptions): z.infer<typeof optionsSchema> {
  const result = optionsSchema.safeParse(options);
  if (result.success) return result.data;
  throw new RangeError(
    `${DOING}: options as documented needed, got\n${z.prettifyError(result.error)}`,
  );
}

/** The checkpoint that training begins from: its tensors, and the SHA-256 of its file. */
async function checkpointOf(
  path: string | undefined,
  own: Architecture | null,
): Promise<Beginning | null> {
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
  return { tensors, ...objects && { objects }, origin, hash: await sha256(file) };
}
