import { availableParallelism } from "node:os";
import {
  channelsOf,
  type Colour,
  type Image,
  isBands,
  kindInWords,
  type Raster,
} from "../images/image.ts";
import { decodePhoto, type Photo } from "../images/decode.ts";
import { openPicture } from "../images/picture_file.ts";
import type { Reading } from "../images/reading.ts";
import { shownImage } from "../images/shown_bands.ts";
import { chosenProtocol, type ProtocolChoice } from "../inference/chosen_protocol.ts";
import {
  NetworkPredictor,
  type PixelVisitor,
  type PredictorSettings,
} from "../inference/predictor.ts";
import type { Task } from "../families/family.ts";
import type { Protocol } from "../families/protocol.ts";
import { askedTask, ObjectPredictor } from "../inference/object_predictor.ts";
import { classesOf } from "../models/classes_of.ts";
import { type OpenedModel, openModel } from "../models/open.ts";
import { thingsOf } from "../models/things_of.ts";
import type { Provider } from "../runtime/platform.ts";
import type { Precision } from "../runtime/program.ts";
import { readClassFile } from "./class_file.ts";
import { foundObjects } from "./found_objects.ts";
import { ObjectSegmentation } from "./object_segmentation.ts";
import { writeProbabilities } from "./probability_file.ts";
import { measuresFor, requireObjectsFor, type Saving, usualSaving } from "./saving.ts";
import { Segmentation } from "./segmentation.ts";

/** What a use of a model on pictures may choose. */
export interface PictureOptions extends ProtocolChoice {
  /** Threads of the network; as many as the processor has where it is not given. */
  readonly threads?: number;
  /**
   * What linear layers are computed in, single precision if not given: "int8" gives somewhat other classes, faster where
   * that pays; "half", on WebGPU alone, takes half the memory for weights.
   */
  readonly precision?: Precision;
  /** What computes; the processor if not given. */
  readonly provider?: Provider;
  /** A file of class names in place of the checkpoint's. */
  readonly classFile?: string;
  /** How pictures are read, where it is not as in the model's training. */
  readonly reading?: Reading;
  /** What is asked of the network; what it learned if not given. */
  readonly task?: Task;
  /** What is written of pictures; what it needs of them is kept. */
  readonly saving?: Saving;
}

/**
 * Opens a model to use it on pictures: a checkpoint of any published kind, the folder of one or of a
 * run, or the id of a model on the hub that was downloaded.
 */
export async function openPictureModel(
  name: string,
  options: PictureOptions = {},
): Promise<PictureModel> {
  return await pictureModelOf(await openModel(name), options);
}

/** A model that is open, to use it on pictures. */
export async function pictureModelOf(
  opened: OpenedModel,
  options: PictureOptions = {},
): Promise<PictureModel> {
  const task = askedTask(opened.architecture, options.task, "Cannot segment");
  const { threads = availableParallelism(), reading, saving = usualSaving(task) } = options;
  requireObjectsFor(saving, task);
  const settings = {
    ...opened,
    ...options.classFile === undefined ? {} : await namedBy(options.classFile, opened),
    protocol: chosenProtocol(opened, options),
    threads,
    precision: options.precision ?? "single",
    provider: options.provider ?? "cpu",
    measures: measuresFor(saving),
  };
  const read = { ...settings, reading: { ...opened.reading, ...reading } };
  if (task === "semantic") return new PictureModel(read);
  const { things, assumed } = thingsOf(settings);
  const finder = { task, predictor: new ObjectPredictor({ ...settings, things }) };
  return new PictureModel({ ...read, assumed: [...read.assumed, ...assumed] }, undefined, finder);
}

/** What finds a picture's objects. */
export interface ObjectFinder {
  readonly task: Exclude<Task, "semantic">;
  readonly predictor: ObjectPredictor;
}

/** The classes by a file, and what is still assumed then. */
async function namedBy(path: string, opened: OpenedModel) {
  const guessed = classesOf(opened.classes.length, {}).assumed;
  return {
    ...await readClassFile(path, opened),
    assumed: opened.assumed.filter((text) => !guessed.includes(text)),
  };
}

type Settings =
  & PredictorSettings
  & Pick<OpenedModel, "kind" | "classes" | "palette" | "assumed" | "reading">;

/** A network that takes pictures of any size. */
export class PictureModel {
  readonly kind: string;
  readonly classes: readonly string[];
  readonly palette: readonly Colour[];
  /** What the checkpoint does not say and was taken for granted, in words. */
  readonly assumed: readonly string[];
  readonly protocol: Protocol;
  /** What it is asked. */
  readonly task: Task;
  /** Whether each class is of things; none where it gives classes alone. */
  readonly things: readonly boolean[];
  /** How it reads pictures. */
  readonly reading: Reading;
  private readonly smallest: number;
  /** Whether confidence and margin of each pixel are kept. */
  private readonly keepsMaps: boolean;

  constructor(
    settings: Settings,
    private readonly predictor: NetworkPredictor = new NetworkPredictor(settings),
    private readonly finder: ObjectFinder | null = null,
  ) {
    this.task = finder?.task ?? "semantic";
    this.things = finder?.predictor.settings.things ?? [];
    this.kind = settings.kind;
    this.classes = settings.classes;
    this.palette = settings.palette;
    this.assumed = settings.assumed;
    this.protocol = settings.protocol;
    this.reading = settings.reading;
    this.keepsMaps = settings.measures?.["margin"] !== undefined;
    const { family, config } = settings.architecture;
    this.smallest = family.smallestSide(config);
  }

  /** Decodes a picture; one that is none, or smaller than a patch of the network, is an error. */
  async read(path: string): Promise<Raster> {
    return (await this.readPhoto(path)).image;
  }

  /** `read`, with what is known of the samples. */
  async readPhoto(path: string): Promise<Photo> {
    const photo = await decodePhoto(await openPicture(path), this.reading);
    this.checked(photo.image, path);
    return photo;
  }

  /**
   * The class of each pixel of a picture, which is a file of any common format, an RGB image or bands. All
   * probabilities are written meanwhile where a path for them is given.
   */
  async segment(picture: string | Raster, probabilities?: string): Promise<Segmentation> {
    const image = typeof picture === "string"
      ? await this.read(picture)
      : this.checked(picture, "the image");
    return await this.classified(image, probabilities);
  }

  private async classified(image: Raster, probabilities?: string): Promise<Segmentation> {
    const { classes, palette } = this;
    const { width, height } = image;
    const labels = { width, height, data: new Uint8Array(width * height) };
    const pixels = new Float64Array(classes.length);
    const confidence = new Float64Array(classes.length);
    const map = () => new Float32Array(width * height);
    const maps = this.keepsMaps ? { confidence: map(), margin: map() } : undefined;
    const visit: PixelVisitor = (pixel, label, share, measured, inTile) => {
      labels.data[pixel] = label;
      pixels[label]!++;
      confidence[label]! += share;
      if (!maps) return;
      maps.confidence[pixel] = share;
      maps.margin[pixel] = measured["margin"]![inTile]!;
    };
    if (probabilities === undefined) await this.predictor.classify(image, visit);
    else {
      await writeProbabilities(probabilities, classes.length, [height, width], (rows) => {
        const both: PixelVisitor = (...pixel) => {
          const [index, , , measured, inTile] = pixel;
          rows.take(index, measured["shares"]!, inTile * classes.length);
          visit(...pixel);
        };
        return this.predictor.classify(image, both, rows.flush);
      });
    }
    const found = { labels, pixels, confidence, ...maps && { maps } };
    const shown = shownImage(image);
    const objects = this.finder && await this.objectsIn(image, shown, this.finder);
    return new Segmentation(shown, found, { classes, palette }, objects);
  }

  private async objectsIn(
    image: Raster,
    shown: Image,
    { task, predictor }: ObjectFinder,
  ): Promise<ObjectSegmentation> {
    const { objects, instances } = await foundObjects(predictor, task, image);
    return new ObjectSegmentation(shown, objects, this, instances);
  }

  private checked(image: Raster, name: string): Raster {
    const { width, height } = image;
    const { channels } = this.reading;
    if (isBands(image) !== (channels !== undefined) || channelsOf(image) !== (channels ?? 3)) {
      const needed = kindInWords(channels ?? 3, channels !== undefined);
      throw new RangeError(
        `Cannot segment ${name}: ${needed} needed, as the network learned from, got ` +
          kindInWords(channelsOf(image), isBands(image)),
      );
    }
    if (Math.min(width, height) >= this.smallest) return image;
    throw new RangeError(
      `Cannot segment ${name}: at least one patch of ${this.smallest}×${this.smallest} pixels ` +
        `needed, got ${width}×${height}`,
    );
  }
}
