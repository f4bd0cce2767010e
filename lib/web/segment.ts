import { checkRaster } from "../data/checked.ts";
import type { Raster } from "../images/image.ts";
import type { Prediction } from "../inference/predictor.ts";
import { predictorOf, type UseOptions } from "../inference/predictor_of.ts";
import type { Learning } from "../runs/train_on.ts";

/**
 * The class of each pixel of an RGB image of any size, and the probability of it. The first use of a model
 * makes its sessions, which the next one finds.
 */
export async function segment(
  model: Learning,
  image: Raster,
  options: UseOptions = {},
): Promise<Prediction> {
  const predictor = predictorOf(model, options, "Cannot segment");
  checkRaster(image, "Cannot segment");
  return await predictor.predict(image);
}
