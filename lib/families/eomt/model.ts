import { sum } from "../../graph/ops/broadcast.ts";
import { add, div, float, lessThan, sigmoid } from "../../graph/ops/math.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import { softmax } from "../../graph/ops/normalize.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import { reshape, slice, swapLast } from "../../graph/ops/structure.ts";
import { input, scalar, type Tensor } from "../../graph/tensor.ts";
import { PLAIN_LOSS } from "../../nn/losses/options.ts";
import type { Model } from "../../nn/model.ts";
import type { Scores } from "../../nn/scores.ts";
import { eomt, type EomtAnswer, type EomtConfig, FREE, type Held } from "./eomt.ts";
import { eomtObjective } from "./objective.ts";

/** Added to sums, which are 0 where no query is sure of a pixel; far below what changes any other. */
const LEAST = 1e-30;

/**
 * EoMT as a model: queries are held to their masks in training, by probabilities that fall, and beside it as `held`
 * says; by default never.
 */
export function eomtModel(config: EomtConfig, held: Held = FREE): Model<EomtAnswer> {
  return {
    build: (p, images) => eomt(p, images, config, p.training ? annealed(images, config) : held),
    objective: (answer, labels, options) => {
      if (JSON.stringify(options) !== JSON.stringify(PLAIN_LOSS)) {
        throw new RangeError(
          `Cannot train EoMT: its own loss of masks with classes needed (--loss ce, without class weights and ` +
            `label smoothing), got another`,
        );
      }
      return eomtObjective(answer, labels.dims(3), config);
    },
    scores: semantic,
    // Means over windows are of what was summed, as in transformers; its sums are not 1.
    probabilities: (sums) => {
      const some = add(sums, scalar(LEAST));
      return div(some, sum(some, [-1]));
    },
    queries: ({ predictions, height, width }) => ({ ...predictions.at(-1)!, height, width }),
  };
}

/** In training: a query is held where its random number is below the block's probability. */
export function annealed(images: Tensor, { queries, blocks }: EomtConfig): Held {
  const [b] = images.dims(4);
  const probabilities = input("held/probabilities", [blocks]);
  return (i) => {
    const drawn = input(`held/drawn${i}`, [b, queries, 1]);
    return float(lessThan(drawn, slice(probabilities, [i], [1])));
  };
}

/**
 * How much of each class a pixel is: the sum over all queries of the class's probability and the mask's, at
 * full resolution. The sums of a pixel are not 1 (transformers' post_process_semantic_segmentation).
 */
function semantic({ predictions, height, width }: EomtAnswer): Scores {
  const { classes, masks } = predictions.at(-1)!;
  const [b, queries, count] = classes.dims(3);
  const known = slice(softmax(classes), [0, 0, 0], [b, queries, count - 1]);
  const full = reshape(sigmoid(resizeBilinear(masks, height, width)), [b, queries, height * width]);
  const map = matmul(swapLast(known), full);
  return { map: reshape(map, [b, count - 1, height, width]), height, width };
}
