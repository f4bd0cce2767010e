import type { Batch } from "../../lib/data/batches.ts";
import { stream } from "../../lib/random.ts";
import { modelOf } from "../../lib/families/family.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import type { SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import type { StepConfig } from "../../lib/train/step.ts";
import type { Model } from "../../lib/nn/model.ts";

const CROP = 32;
const CLASSES = 4;

/** A Segmenter that trains in milliseconds; `rate` is its dropout and its stochastic depth. */
export function tinySegmenter(rate: number): SegmenterConfig {
  const encoder = { patch: 8, dim: 64, heads: 2, layers: 2, distilled: false, eps: 1e-5 };
  return {
    encoder: { ...encoder, imageSize: [CROP, CROP], dropout: rate, dropPath: rate },
    decoder: { name: "mask_transformer", layers: 1, dropout: rate, dropPath: rate },
    classes: CLASSES,
  };
}

/** The tiny Segmenter as a model to train. */
export function tinyModel(rate: number): Model {
  return modelOf({ family: segmenterFamily, config: tinySegmenter(rate) });
}

/** Momentum SGD on batches of 4 without clipping or accumulation. */
export const tinyStep: StepConfig = {
  batch: 4,
  crop: CROP,
  accumulate: 1,
  optimizer: { name: "sgd", momentum: 0.9, nesterov: true },
  group: () => ({ lrScale: 1, weightDecay: 0 }),
  clip: null,
  threads: 2,
  seed: 3,
  steps: 10,
};

/** `count` random images of a step from the one at `first`, every pixel labelled. */
export function tinyBatch(step: number, first = 0, count = 4): Batch {
  const images = new Float32Array(count * 3 * CROP * CROP);
  const labels = new Uint8Array(count * CROP * CROP);
  for (let i = 0; i < count; i++) {
    const random = stream(`tiny/${step}/${first + i}`, 1);
    const pixels = CROP * CROP;
    for (let k = 0; k < 3 * pixels; k++) images[i * 3 * pixels + k] = random.normal();
    for (let k = 0; k < pixels; k++) labels[i * pixels + k] = random.integer(0, CLASSES);
  }
  return {
    step,
    images: { shape: [count, 3, CROP, CROP], data: images },
    labels: { shape: [count, CROP, CROP], data: labels },
    unlabelled: [],
  };
}
