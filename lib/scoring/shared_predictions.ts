import { bytesOf } from "../array.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Prediction, Predictor } from "../inference/predictor.ts";
import type { Image } from "../images/image.ts";
import type { Ranks } from "../ranks/ranks.ts";

/** Predicts this rank's examples of a data set, every `size`-th from its own number on, for the first rank. */
export async function sendPredictions(
  predictor: Predictor,
  dataset: Dataset,
  { rank, size, send }: Ranks,
): Promise<void> {
  for (let index = rank; index < dataset.length; index += size) {
    const { image } = await dataset.example(index);
    const { labels, confidence } = await predictor.predict(image);
    send(labels.data, 0);
    send(bytesOf(confidence), 0);
  }
}

/** What another rank predicts of an image that is its turn. */
export function receivePrediction(
  { receive }: Ranks,
  from: number,
  { width, height }: Pick<Image, "width" | "height">,
): Prediction {
  const data = new Uint8Array(width * height);
  const confidence = new Float32Array(width * height);
  receive(data, from);
  receive(bytesOf(confidence), from);
  return { labels: { width, height, data }, confidence };
}
