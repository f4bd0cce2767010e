import { add, mul } from "../graph/ops/math.ts";
import { resizeBilinear, resizeBilinearLast } from "../graph/ops/resize.ts";
import { reshape, slice, transpose } from "../graph/ops/structure.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import { type LossOptions, PLAIN_LOSS } from "./losses/options.ts";
import { pixelLoss } from "./losses/pixel_loss.ts";

/**
 * What a network that scores pixels gives: class scores `map` [b, classes, rows, columns] on a grid that
 * covers `height` × `width` pixels, the image from its top left corner and what it was padded by.
 */
export interface Scores {
  /** Class scores [b, classes, rows, columns]. */
  readonly map: Tensor;
  /** How many rows of pixels the grid covers. */
  readonly height: number;
  /** How many columns of pixels the grid covers. */
  readonly width: number;
  /** In a training graph: the scores of heads on earlier layers, which only the loss sees. */
  readonly auxiliary?: readonly Scores[];
}

/** What an auxiliary head's loss counts beside the main one's (SETR, section 4.1). */
const AUXILIARY_WEIGHT = 0.4;

/** Logits [b, classes, h, w] of the image's pixels: bilinear interpolation, then padding cut off. */
export function logitsOf({ map, height, width }: Scores, h: number, w: number): Tensor {
  const [b, classes] = map.dims(4);
  return slice(resizeBilinear(map, height, width), [0, 0, 0, 0], [b, classes, h, w]);
}

/** The scores of one image as inference reads them: [1, classes, rows, columns] to [rows, columns, classes]. */
export function classesLast({ map }: Scores): Tensor {
  const [, classes, rows, columns] = map.dims(4);
  return reshape(transpose(map, [0, 2, 3, 1]), [rows, columns, classes]);
}

/**
 * The chosen loss at full resolution against uint8 labels [b, h, w], that of auxiliary heads weighted
 * by 0.4 and added; cross entropy if not given.
 */
export function segmentationLoss(
  scores: Scores,
  labels: Tensor,
  options: LossOptions = PLAIN_LOSS,
): Tensor {
  const losses = (scores.auxiliary ?? []).map((head) =>
    mul(headLoss(head, labels, options), scalar(AUXILIARY_WEIGHT))
  );
  return losses.reduce(add, headLoss(scores, labels, options));
}

/** The loss of `logitsOf`, with classes last from the coarse grid on, where moving them costs least. */
function headLoss({ map, height, width }: Scores, labels: Tensor, options: LossOptions): Tensor {
  const [b, classes] = map.dims(4);
  const [, h, w] = labels.dims(3);
  const logits = resizeBilinearLast(transpose(map, [0, 2, 3, 1]), height, width);
  return pixelLoss(slice(logits, [0, 0, 0, 0], [b, h, w, classes]), labels, options);
}
