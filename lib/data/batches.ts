import { Worker } from "node:worker_threads";
import type { NDArray } from "../array.ts";
import { shuffle, stream } from "../random.ts";
import type { Augmentation } from "./augment.ts";
import type { BatchOrder, PreparedBatch } from "./batch_worker.ts";
import type { Dataset } from "./dataset.ts";

/** What the network sees in one training step: images [b, 3, crop, crop], labels [b, crop, crop]. */
export interface Batch {
  readonly step: number;
  readonly images: NDArray;
  readonly labels: { readonly shape: readonly number[]; readonly data: Uint8Array };
}

export interface BatchesConfig {
  /** Examples in a batch. */
  readonly batch: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
  /** The first step, 0 for a new run. */
  readonly from: number;
}

// How many batches are under way beyond the one that is handed out.
const AHEAD = 2;

/**
 * The batches of step `from`, `from` + 1, … without end. A batch depends on seed and step alone, so a
 * resumed run goes on with those it would have seen. Each epoch has its own order and drops what does
 * not fill a batch. While a step runs the next two batches are made: files are decoded by sharp's
 * threads and augmented in a worker, because ONNX Runtime's `run` holds the JavaScript thread.
 */
export async function* batches(dataset: Dataset, config: BatchesConfig): AsyncGenerator<Batch> {
  check(dataset, config);
  const workshop = new Workshop();
  const queue: Promise<Batch>[] = [];
  try {
    for (let step = config.from;; step++) {
      while (queue.length <= AHEAD) {
        const next = makeBatch(dataset, config, step + queue.length, workshop);
        next.catch(() => {}); // seen when its turn comes
        queue.push(next);
      }
      yield await queue.shift()!;
    }
  } finally {
    await workshop.close();
  }
}

/** The indices of the examples of one step. */
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

async function makeBatch(
  dataset: Dataset,
  { batch, augmentation, seed }: BatchesConfig,
  step: number,
  workshop: Workshop,
): Promise<Batch> {
  const indices = examplesOfStep(dataset.length, batch, seed, step);
  const examples = await Promise.all(indices.map((index) => dataset.example(index)));
  const { images, labels } = await workshop.prepare({ step, examples, augmentation, seed });
  const { crop } = augmentation;
  return {
    step,
    images: { shape: [batch, 3, crop, crop], data: images },
    labels: { shape: [batch, crop, crop], data: labels },
  };
}

/** A worker thread that augments; it keeps the process alive only while an order is open. */
class Workshop {
  readonly #worker = new Worker(new URL("./batch_worker.ts", import.meta.url));
  readonly #open = new Map<number, PromiseWithResolvers<PreparedBatch>>();

  constructor() {
    this.#worker.unref();
    this.#worker.on("message", (batch: PreparedBatch) => {
      this.#open.get(batch.step)?.resolve(batch);
      this.#open.delete(batch.step);
      if (this.#open.size === 0) this.#worker.unref();
    });
    this.#worker.on("error", (error) => {
      for (const order of this.#open.values()) order.reject(error);
    });
  }

  prepare(order: BatchOrder): Promise<PreparedBatch> {
    const open = Promise.withResolvers<PreparedBatch>();
    this.#open.set(order.step, open);
    this.#worker.ref();
    this.#worker.postMessage(order);
    return open.promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

function check(dataset: Dataset, { batch, augmentation, from }: BatchesConfig): void {
  const tried = `Cannot make batches of ${dataset.name}`;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new RangeError(`${tried}: needs a whole batch size of at least 1, got ${batch}`);
  }
  if (dataset.length < batch) {
    throw new RangeError(
      `${tried}: needs at least ${batch} examples for a batch of ${batch}, got ${dataset.length}; ` +
        `lower the batch size or add examples`,
    );
  }
  if (!Number.isInteger(from) || from < 0) {
    throw new RangeError(`${tried}: needs a first step from 0, got ${from}`);
  }
  const { crop } = augmentation;
  if (!Number.isInteger(crop) || crop < 1) {
    throw new RangeError(`${tried}: needs a crop of at least 1 pixel, got ${crop}`);
  }
}
