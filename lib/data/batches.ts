import type { NDArray } from "../array.ts";
import type { Objects } from "../images/objects.ts";
import { inFlight } from "../in_flight.ts";
import { type Random, shuffle, stream } from "../random.ts";
import { nextTurn } from "../turn.ts";
import { type Augmentation, cropped, type Sample, sampleOf } from "./augment.ts";
import { balancedDraw, type Draw } from "./class_balance.ts";
import type { Dataset, Example } from "./dataset.ts";
import { mixed } from "./mixing.ts";

/**
 * What the network sees in one training step: images [b, c, crop, crop], labels [b, crop, crop].
 */
export interface Batch {
  readonly step: number;
  readonly images: NDArray;
  readonly labels: { readonly shape: readonly number[]; readonly data: Uint8Array };
  /** The objects of each crop [b], where all examples of the data set have them. */
  readonly objects?: readonly Objects[];
  /** Names of the examples whose crop has no pixel of any class: the loss learns nothing from them. */
  readonly unlabelled: readonly string[];
}

/** Which batches: `batch` examples each, from step `from` (0 for a new run) on. */
export interface BatchesConfig {
  readonly batch: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
  readonly from: number;
  /** Steps from one batch to the next: 1 if not given. Of several processes each takes its own. */
  readonly every?: number;
  /** Which examples show each class, where half of the crops are drawn by class; null where none is. */
  readonly byClass?: readonly (readonly number[])[] | null;
}

/** The batch that is waited for and the next two. */
const UNDER_WAY = 3;

/**
 * The batches of step `from`, `from` + `every`, … without end. A batch depends on seed and step alone, so
 * a resumed run goes on with those it would have seen. Each epoch has its own order and drops what
 * does not fill a batch. The next two batches are under way while the consumer works on one: files
 * are decoded on sharp's threads. Augmentation stays on this thread (2 ms an image at crop 240): in
 * a worker it was no faster, because it then competes with ONNX Runtime's threads.
 */
export async function* batches(dataset: Dataset, config: BatchesConfig): AsyncGenerator<Batch> {
  check(dataset, config);
  yield* inFlight(stepsFrom(config), UNDER_WAY, (step) => prepare(dataset, config, step));
}

function* stepsFrom({ from, every = 1 }: BatchesConfig): Generator<number> {
  for (let step = from;; step += every) yield step;
}

/** The indices of the examples of one step: a slice of its epoch's order. */
export function examplesOfStep(
  length: number,
  batch: number,
  seed: number,
  step: number,
): number[] {
  const steps = Math.floor(length / batch);
  const epoch = Math.floor(step / steps);
  const order = shuffle([...Array(length).keys()], stream(`epoch/${epoch}`, seed));
  const first = (step - epoch * steps) * batch;
  return order.slice(first, first + batch);
}

async function prepare(
  dataset: Dataset,
  { batch, augmentation, seed, byClass = null }: BatchesConfig,
  step: number,
): Promise<Batch> {
  const indices = examplesOfStep(dataset.length, batch, seed, step);
  const draws = indices.map((index, k): Draw =>
    byClass ? balancedDraw(index, byClass, stream(`sample/${step}/${k}`, seed)) : {
      index,
      shown: null,
    }
  );
  const examples = await Promise.all(draws.map(({ index }) => dataset.example(index)));
  const { crop, normalization } = augmentation;
  const channels = normalization.mean.length;
  const images = new Float32Array(batch * channels * crop * crop);
  const labels = new Uint8Array(batch * crop * crop);
  const objects: Objects[] = [];
  const unlabelled: string[] = [];
  for (const [k, example] of examples.entries()) {
    await nextTurn(); // lets the consumer start its step first
    const random = stream(`augment/${step}/${k}`, seed);
    const sample = await drawSample(dataset, example, augmentation, random, draws[k]!.shown);
    images.set(sample.image.data, k * sample.image.data.length);
    labels.set(sample.labels.data, k * sample.labels.data.length);
    if (sample.objects) objects.push(sample.objects);
    const isLabelled = sample.labels.data.some((label) => label < dataset.classes.length);
    if (!isLabelled) unlabelled.push(example.name);
  }
  return {
    step,
    images: { shape: [batch, channels, crop, crop], data: images },
    labels: { shape: [batch, crop, crop], data: labels },
    ...objects.length === batch && { objects },
    unlabelled,
  };
}

/** A training sample of an example, with what it takes of others of its data set. */
export async function drawSample(
  dataset: Dataset,
  example: Example,
  augmentation: Augmentation,
  random: Random,
  shown: number | null = null,
): Promise<Sample> {
  const crop = cropped(example, augmentation, random, shown);
  return sampleOf(await mixed(crop, dataset, augmentation, random), augmentation);
}

function check(dataset: Dataset, { batch, augmentation, from }: BatchesConfig): void {
  const tried = `Cannot make batches of ${dataset.name}`;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new RangeError(`${tried}: needs a whole batch size of at least 1, got ${batch}`);
  }
  if (dataset.length < batch) {
    throw new RangeError(
      `${tried}: needs ${batch} examples or more to fill a batch, got ${dataset.length}; ` +
        `lower the batch size or add examples`,
    );
  }
  if (!Number.isInteger(from) || from < 0) {
    throw new RangeError(`${tried}: needs a first step of 0 or more, got ${from}`);
  }
  const { crop } = augmentation;
  if (!Number.isInteger(crop) || crop < 1) {
    throw new RangeError(`${tried}: needs a crop of at least 1 pixel, got ${crop}`);
  }
}
