import { checkRaster } from "../data/checked.ts";
import type { Raster } from "../images/image.ts";
import { checkReading, type Reading } from "../images/reading.ts";
import type { Task } from "../families/family.ts";
import { askedTask } from "../inference/object_predictor.ts";
import { objectPredictorOf, predictorOf, type UseOptions } from "../inference/predictor_of.ts";
import type { OpenedModel } from "../models/open.ts";
import { thingsOf } from "../models/things_of.ts";
import { shown } from "../words.ts";
import { PictureModel } from "./picture_model.ts";
import type { Segmentation } from "./segmentation.ts";

/** How a picture is segmented; what is not given is the model's own. */
export interface SegmentOptions extends UseOptions, Pick<Reading, "maxPixels"> {
  /** "semantic" leaves the objects out that a panoptic or instance network tells apart, which is faster. */
  readonly task?: Task;
}

/**
 * The class of each pixel of a picture: the path of a file of any common format, an RGB image, or bands; and its
 * objects (`objects`), where the network was trained for panoptic or instance segmentation. The first use of a
 * model makes its sessions, which the next one finds.
 */
export async function segment(
  model: OpenedModel,
  picture: string | Raster,
  { maxPixels, task: asked, ...options }: SegmentOptions = {},
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
  const task = askedTask(model.architecture, checkedTask(asked), "Cannot segment");
  const finder = task === "semantic"
    ? null
    : { task, predictor: objectPredictorOf(model, thingsOf(model).things, options) };
  return await new PictureModel({ ...model, ...predictor.settings, reading }, predictor, finder)
    .segment(picture);
}

function checkedTask(asked: unknown): Task | undefined {
  const tasks: readonly unknown[] = ["semantic", "instance", "panoptic", undefined];
  if (tasks.includes(asked)) return asked as Task | undefined;
  throw new RangeError(
    `Cannot segment: semantic, instance or panoptic needed as task, got ${shown(asked)}`,
  );
}
