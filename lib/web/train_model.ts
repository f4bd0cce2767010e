import { z } from "zod";
import type { NDArray } from "../array.ts";
import { checkedDataset } from "../data/checked.ts";
import type { Dataset } from "../data/dataset.ts";
import { exampleSizes, workingSize } from "../data/working_size.ts";
import { OWN } from "../runs/recipes.ts";
import { choiceShape, type TrainChoices } from "../runs/train_choices.ts";
import { type Learning, trainOn } from "../runs/train_on.ts";
import type { Provider } from "../runtime/platform.ts";
import { hashOf, modelBytes, type WebModel } from "./web_model.ts";

/** What goes on learning from what; all that is not given follows from the data. */
export interface WebTrainOptions extends TrainChoices {
  /** The network that learns, with the weights that it begins from; its classes may be others. */
  readonly from: WebModel;
  /** What is learned from. */
  readonly data: Dataset;
  /** What computes the steps, as `chosenDevice` found it right; the processor if not given. */
  readonly device?: Provider;
  /** Looks at the network every `lookEvery` steps and after the last; true ends the training there. */
  readonly onLook?: (step: number, learning: Learning) => Promise<boolean>;
  /** 10 if not given. */
  readonly lookEvery?: number;
}

const DOING = "Cannot train";

const looking = z.custom<NonNullable<WebTrainOptions["onLook"]>>(
  (value) => typeof value === "function",
  { error: "needs a function" },
);
const optionsSchema = z.strictObject({
  from: z.custom<WebModel>((value) => typeof Object(value).hash === "string", {
    error: "needs a model, as openModel or trainModel gives it",
  }),
  data: z.custom<Dataset>(),
  device: z.enum(["cpu", "webgpu"]).exactOptional(),
  onLook: looking.exactOptional(),
  lookEvery: z.int().min(1).default(10),
  ...choiceShape,
});

/** Trains a network on and gives it ready to use: `segment` takes it, and `modelBytes` makes its file. */
export async function trainModel(options: WebTrainOptions): Promise<WebModel> {
  const { from, data, onStep, onMessage, onLook, lookEvery, ...choices } = parsed(options);
  const dataset = checkedDataset(data, DOING);
  const { crop = OWN.crop } = choices;
  const { resize = workingSize(await exampleSizes(dataset), crop).long } = choices;
  const { variant, network } = from.config;
  const begun = {
    tensors: copied(from.weights),
    origin: from.architecture.config,
    hash: from.hash,
  };
  const trained = await trainOn(
    { variant, network, own: null, begun },
    dataset,
    { ...choices, resize },
    {
      ...onStep && { onStep },
      ...onMessage && { onMessage },
      ...onLook && { lookEvery, onLook },
    },
  );
  return { ...trained, hash: hashOf([modelBytes(trained)]) };
}

/** Training writes into the arrays that it begins from. */
function copied(weights: ReadonlyMap<string, NDArray>): ReadonlyMap<string, NDArray> {
  return new Map([...weights].map(([name, { shape, data }]) => [
    name,
    { shape, data: data.slice() },
  ]));
}

function parsed(options: WebTrainOptions): z.infer<typeof optionsSchema> {
  const result = optionsSchema.safeParse(options);
  if (result.success) return result.data;
  throw new RangeError(
    `${DOING}: options as documented needed, got\n${z.prettifyError(result.error)}`,
  );
}
