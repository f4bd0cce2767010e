/** Runs in a worker thread: augments the examples of one step and hands the batch back. */
import { parentPort } from "node:worker_threads";
import { stream } from "../random.ts";
import { augment } from "./augment.ts";
import type { Augmentation } from "./augment.ts";
import type { Example } from "./dataset.ts";

/** The examples of one training step, decoded, and what is to be done to them. */
export interface BatchOrder {
  readonly step: number;
  readonly examples: readonly Example[];
  readonly augmentation: Augmentation;
  readonly seed: number;
}

/** Images [b, 3, crop, crop] and labels [b, crop, crop] of one step. */
export interface PreparedBatch {
  readonly step: number;
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
}

function prepare({ step, examples, augmentation, seed }: BatchOrder): PreparedBatch {
  const pixels = augmentation.crop ** 2;
  const images = new Float32Array(3 * pixels * examples.length);
  const labels = new Uint8Array(pixels * examples.length);
  for (const [k, example] of examples.entries()) {
    const sample = augment(example, augmentation, stream(`augment/${step}/${k}`, seed));
    images.set(sample.image.data, 3 * pixels * k);
    labels.set(sample.labels.data, pixels * k);
  }
  return { step, images, labels };
}

parentPort?.on("message", (order: BatchOrder) => {
  const batch = prepare(order);
  parentPort?.postMessage(batch, [batch.images.buffer, batch.labels.buffer]);
});
