import { resizeBilinear, resizeBilinearLast } from "../graph/ops/resize.ts";
import { slice, transpose } from "../graph/ops/structure.ts";
import type { Tensor } from "../graph/tensor.ts";
import { crossEntropy } from "./losses.ts";

/**
 * What a segmentation network gives: class scores `map` [b, classes, rows, columns] on a grid that
 * covers `height` × `width` pixels, the image from its top left corner and what it was padded by.
 */
export interface Scores {
  readonly map: Tensor;
  readonly height: number;
  readonly width: number;
}

/** Logits [b, classes, h, w] of the image's pixels: bilinear interpolation, then padding cut off. */
export function logitsOf({ map, height, width }: Scores, h: number, w: number): Tensor {
  const [b, classes] = map.dims(4);
  return slice(resizeBilinear(map, height, width), [0, 0, 0, 0], [b, classes, h, w]);
}

/**
 * Cross entropy at full resolution against uint8 labels [b, h, w]: `crossEntropy` of `logitsOf`, with
 * classes last from the coarse grid on, where moving them costs least.
 */
export function segmentationLoss({ map, height, width }: Scores, labels: Tensor): Tensor {
  const [b, classes] = map.dims(4);
  const [, h, w] = labels.dims(3);
  const logits = resizeBilinearLast(transpose(map, [0, 2, 3, 1]), height, width);
  return crossEntropy(slice(logits, [0, 0, 0, 0], [b, h, w, classes]), labels);
}
