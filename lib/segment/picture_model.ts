import { availableParallelism } from "node:os";
import type { Colour, Image } from "../images/image.ts";
import { decodePhoto, type Photo } from "../images/decode.ts";
import { openPicture } from "../images/picture_file.ts";
import type { Reading } from "../images/reading.ts";
import { chosenProtocol, type ProtocolChoice } from "../inference/chosen_protocol.ts";
import { NetworkPredictor, type PredictorSettings } from "../inference/predictor.ts";
import type { Protocol } from "../families/protocol.ts";
import { classesOf } from "../models/classes_of.ts";
import { type OpenedModel, openModel } from "../models/open.ts";
import { readClassFile } from "./class_file.ts";
import { Segmentation } from "./segmentation.ts";

/** What a use of a model on pictures may choose. */
export interface PictureOptions extends ProtocolChoice {
  /** Threads of the network; as many as the processor has where it is not given. */
  readonly threads?: number;
  /** A file of class names in place of the checkpoint's. */
  readonly classFile?: string;
  /** How pictures are read, where it is not as in the model's training. */
  readonly reading?: Reading;
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
  const { threads = availableParallelism(), reading } = options;
  const settings = {
    ...opened,
    ...options.classFile === undefined ? {} : await namedBy(options.classFile, opened),
    protocol: chosenProtocol(opened, options),
    threads,
  };
  return new PictureModel({ ...settings, reading: { ...opened.reading, ...reading } });
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
  /** How it reads pictures. */
  readonly reading: Reading;
  private readonly smallest: number;

  constructor(
    settings: Settings,
    private readonly predictor: NetworkPredictor = new NetworkPredictor(settings),
  ) {
    this.kind = settings.kind;
    this.classes = settings.classes;
    this.palette = settings.palette;
    this.assumed = settings.assumed;
    this.protocol = settings.protocol;
    this.reading = settings.reading;
    const { family, config } = settings.architecture;
    this.smallest = family.smallestSide(config);
  }

  /** Decodes a picture; one that is none, or smaller than a patch of the network, is an error. */
  async read(path: string): Promise<Image> {
    return (await this.readPhoto(path)).image;
  }

  /** `read`, with what is known of the samples. */
  async readPhoto(path: string): Promise<Photo> {
    const photo = await decodePhoto(await openPicture(path), this.reading);
    this.checked(photo.image, path);
    return photo;
  }

  /** The class of each pixel of a picture, which is a file of any common format or an RGB image. */
  async segment(picture: string | Image): Promise<Segmentation> {
    const image = typeof picture === "string"
      ? await this.read(picture)
      : this.checked(picture, "the image");
    return await this.classified(image);
  }

  private async classified(image: Image): Promise<Segmentation> {
    const { classes, palette } = this;
    const { width, height } = image;
    const labels = { width, height, data: new Uint8Array(width * height) };
    const pixels = new Float64Array(classes.length);
    const confidence = new Float64Array(classes.length);
    await this.predictor.classify(image, (pixel, label, share) => {
      labels.data[pixel] = label;
      pixels[label]!++;
      confidence[label]! += share;
    });
    return new Segmentation(image, { labels, pixels, confidence }, { classes, palette });
  }

  private checked(image: Image, name: string): Image {
    const { width, height } = image;
    if (Math.min(width, height) >= this.smallest) return image;
    throw new RangeError(
      `Cannot segment ${name}: at least one patch of ${this.smallest}×${this.smallest} pixels ` +
        `needed, got ${width}×${height}`,
    );
  }
}
