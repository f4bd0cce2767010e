import type { NDArray } from "../array.ts";
import { softmax } from "../graph/ops/normalize.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Random } from "../random.ts";
import type { LossOptions } from "./losses/options.ts";
import type { Scope } from "./scope.ts";
import { type Scores, segmentationLoss } from "./scores.ts";

/**
 * A segmentation network: what it computes, what it learns by, and what its answer says of a pixel. Y
 * is what it computes, which nobody but the model itself looks into.
 */
export interface Model<Y = unknown> {
  /** The network's answer to images [b, 3, h, w]. */
  build(p: Scope, images: Tensor): Y;
  /** What a training graph minimises, against uint8 labels [b, h, w] of which 255 is ignored. */
  objective(answer: Y, labels: Tensor, options: LossOptions): Objective;
  /** What inference reads of an answer: scores of pixels on a coarse grid. */
  scores(answer: Y): Scores;
  /** Scores of pixels [..., channels], interpolated to full resolution, as probabilities [..., classes]. */
  probabilities(scores: Tensor): Tensor;
  /** What its queries say, where it answers by such: masks with classes, of which objects are made. */
  queries?(answer: Y): Queries;
}

/** What queries say of images that `height` × `width` pixels of masks cover, padding included. */
export interface Queries {
  /** Logits of each class, and of none at the end [b, queries, classes + 1]. */
  readonly classes: Tensor;
  /** Logits of masks [b, queries, rows, columns]. */
  readonly masks: Tensor;
  /** Rows of pixels that the masks cover. */
  readonly height: number;
  /** Columns of pixels that they cover. */
  readonly width: number;
}

/** What a training step minimises. */
export interface Objective {
  /** A scalar. */
  readonly loss: Tensor;
  /** Where the loss has targets that only a look at the network's answer gives; null where not. */
  readonly matching: Matching | null;
}

/** What a batch says of its images, beside which nothing is known when targets are decided. */
export interface Truth {
  /** Classes of pixels [b, h, w]; 255 is ignored. */
  readonly labels: { readonly shape: readonly number[]; readonly data: Uint8Array };
  /** The objects of each image, where the data has them. */
  readonly objects?: readonly TruthObjects[];
}

/** The objects of an image: an id for each pixel [height, width], 0 for none, and what the ids mean. */
export interface TruthObjects {
  /** The id of each pixel's object, row by row. */
  readonly data: Int32Array;
  /** The class of each id, and whether it is a group that nobody has told apart. */
  readonly segments: readonly {
    readonly id: number;
    readonly class: number;
    readonly isCrowd?: boolean;
  }[];
}

/** Numbers that are fed to a graph. */
export interface Fed {
  /** Its sides. */
  readonly shape: readonly number[];
  /** The numbers, row by row. */
  readonly data: Float32Array | Uint8Array;
}

/**
 * Targets that are decided outside of the graph, between a forward pass and the step: which query
 * answers for which object (Hungarian matching), at which points masks are compared.
 */
export interface Matching {
  /**
   * What is fed to both beside images, labels and parameters, by name: what the truth is in the loss's own
   * form, and random numbers. `progress` is the share of the training that is done, from 0 to 1. The arrays may
   * be written again by the next call.
   */
  given(truth: Truth, random: Random, progress: number): Readonly<Record<string, Fed>>;
  /** What the decision needs, as outputs of a forward pass. */
  readonly needs: Readonly<Record<string, Tensor>>;
  /** The values of the further inputs that the loss has, by their names. */
  targets(
    needs: Readonly<Record<string, NDArray>>,
    given: Readonly<Record<string, Fed>>,
  ): Readonly<Record<string, Fed>>;
}

/** The model of a network that scores each pixel's classes: the chosen loss, and softmax. */
export function pixelModel(network: (p: Scope, images: Tensor) => Scores): Model<Scores> {
  return {
    build: (p, images) => checked(network(p, images)),
    objective: (scores, labels, options) => {
      return { loss: segmentationLoss(scores, labels, options), matching: null };
    },
    scores: (scores) => scores,
    probabilities: softmax,
  };
}

/** Refuses what is no answer of a network, for programs that are not type-checked. */
function checked(scores: Scores): Scores {
  const { map, height, width } = Object(scores) as Partial<Scores>;
  if (map?.shape?.length === 4 && Number.isInteger(height) && Number.isInteger(width)) {
    return scores;
  }
  throw new TypeError(
    `Cannot use the network's answer: { map, height, width } with scores [b, classes, rows, columns] ` +
      `and the pixels that they cover needed, got { ${Object.keys(Object(scores)).join(", ")} }`,
  );
}
