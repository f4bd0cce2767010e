import { normalise, type Normalization } from "../data/augment.ts";
import type { Dataset, Example, Image, LabelMap } from "../data/dataset.ts";
import { argmaxClasses } from "./class_maps.ts";
import { ConfusionMatrix, type Metrics } from "./confusion.ts";
import { type Network, slidingWindow, type WindowOptions } from "./sliding_window.ts";

/** How an image reaches the network. */
export interface PredictOptions extends WindowOptions {
  readonly normalization: Normalization;
}

/** How a data set is walked. */
export interface EvaluateOptions extends PredictOptions {
  /** Called with each example and its prediction, for example to draw overlays. */
  readonly onExample?: (
    example: Example,
    prediction: LabelMap,
    index: number,
  ) => void | Promise<void>;
}

/** Scores, which repeat, and how long they took, which does not. */
export interface Evaluation {
  readonly metrics: Metrics;
  readonly images: number;
  /** Time in `predict`; reading happens meanwhile and is not part of it. */
  readonly seconds: number;
}

/** The class of every pixel of an image, by one pass of sliding windows at the image's own size. */
export async function predict(
  network: Network,
  image: Image,
  options: PredictOptions,
): Promise<LabelMap> {
  const normalised = normalise(image, options.normalization);
  return argmaxClasses(await slidingWindow(network, normalised, options));
}

/** Scores a network on all examples of a data set; the next one is read while one runs. */
export async function evaluate(
  network: Network,
  dataset: Dataset,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const confusion = new ConfusionMatrix(dataset.classes.length);
  const checked = requireClasses(network, dataset);
  let seconds = 0;
  let index = 0;
  for await (const example of readAhead(dataset)) {
    const start = performance.now();
    const prediction = await predict(checked, example.image, options);
    seconds += (performance.now() - start) / 1000;
    count(confusion, example, prediction);
    await options.onExample?.(example, prediction, index++);
  }
  return { metrics: confusion.metrics(), images: dataset.length, seconds };
}

async function* readAhead(dataset: Dataset): AsyncGenerator<Example> {
  let next = dataset.length > 0 ? dataset.example(0) : undefined;
  for (let index = 1; next; index++) {
    const example = await next;
    next = index < dataset.length ? dataset.example(index) : undefined;
    next?.catch(() => {}); // reported when awaited, not while the current example runs
    yield example;
  }
}

function requireClasses(network: Network, { name, classes }: Dataset): Network {
  return async (images) => {
    const logits = await network(images);
    if (logits.shape[1] === classes.length) return logits;
    throw new RangeError(
      `Cannot evaluate on ${name}: it needs a network of ${classes.length} classes, ` +
        `got logits [${logits.shape.join(", ")}]`,
    );
  };
}

function count(confusion: ConfusionMatrix, { name, labels }: Example, prediction: LabelMap): void {
  try {
    confusion.add(prediction.data, labels.data);
  } catch (error) {
    throw new RangeError(`Cannot score ${name}: ${(error as Error).message}`, { cause: error });
  }
}
