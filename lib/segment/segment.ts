import { checkRaster } from "../data/checked.ts";
import type { Raster } from "../images/image.ts";
import { checkReading, type Reading } from "../images/reading.ts";
import { predictorOf, type UseOptions } from "../inference/predictor_of.ts";
import type { OpenedModel } from "../models/open.ts";
import { shown } from "../words.ts";
import { PictureModel } from "./picture_model.ts";
import type { Segmentation } from "./segmentation.ts";

/**
 * The class of each pixel of a picture: the path of a file of any common format, an RGB image, or bands. The
 * first use of a model makes its sessions, which the next one finds.
 */
export async function segment(
  model: OpenedModel,
  picture: string | Raster,
  { maxPixels, ...options }: UseOptions & Pick<Reading, "maxPixels"> = {},
): Promise<Segmentation> {
  const predictor = predictorOf(model, options, "Cannot segment");
  if (typeof picture !== "string") {
    if (typeof picture !== "object" || picture === null) {
      throw new TypeError(
        `Cannot segment: the path of a picture or an RGB image needed, got ${shown(picture)}`,
      );
    }
    checkRaster(picture, "Cannot segment");
  }
  const chosen = maxPixels === undefined ? {} : { maxPixels };
  checkReading(chosen, "Cannot segment");
  const reading = { ...model.reading, ...chosen };
  return await new PictureModel({ ...model, ...predictor.settings, reading }, predictor)
    .segment(picture);
}
