import type { Colour, Image } from "../data/dataset.ts";
import { decodeImage } from "../data/image.ts";
import { RATIOS } from "../eval/multi_scale.ts";
import { type Architecture, modelOf } from "../models/architecture.ts";
import { type OpenedModel, openModel } from "../zoo/open.ts";
import { readClassFile } from "./class_file.ts";
import { classify } from "./classify.ts";
import { locateModel } from "./locate.ts";
import { Pass } from "./pass.ts";
import { looksAt, type Protocol } from "./protocol.ts";
import { protocolOf, type WindowChoice } from "./published_protocol.ts";
import { ScoreNetwork } from "./score_network.ts";
import { Segmentation } from "./segmentation.ts";
import { TileClassifier } from "./tiles.ts";

/** What a use of a model on pictures may choose. */
export interface PictureOptions extends WindowChoice {
  /** The mean of the probabilities at the published six scales of a picture. */
  readonly multiScale?: boolean;
  /** The mean of the probabilities of a picture and of its mirror image. */
  readonly flip?: boolean;
  /** Threads of the network; as many as the processor has where it is not given. */
  readonly threads?: number;
  /** A file of class names in place of the checkpoint's. */
  readonly classFile?: string;
}

/**
 * Opens a model to use it on pictures: a checkpoint of any published kind, the folder of one or of a
 * run, or the id of a model on the hub that was downloaded.
 */
export async function openPictureModel(
  name: string,
  options: PictureOptions = {},
): Promise<PictureModel> {
  const path = await locateModel(name);
  const opened = await openModel(path);
  const { multiScale = false, flip = false, threads = navigator.hardwareConcurrency } = options;
  return new PictureModel({
    ...opened,
    ...options.classFile === undefined ? {} : await readClassFile(options.classFile, opened),
    protocol: await protocolOf(path, opened, options),
    ratios: multiScale ? RATIOS : [1],
    flip,
    threads,
  });
}

interface Settings extends
  Pick<
    OpenedModel,
    "kind" | "architecture" | "weights" | "normalization" | "classes" | "palette"
  > {
  readonly protocol: Protocol;
  readonly ratios: readonly number[];
  readonly flip: boolean;
  readonly threads: number;
}

/** A network that takes pictures of any size, one after the other. */
export class PictureModel {
  readonly kind: string;
  readonly classes: readonly string[];
  readonly palette: readonly Colour[];
  readonly protocol: Protocol;
  private readonly network: ScoreNetwork;
  private readonly tiles: TileClassifier;
  private readonly smallest: number;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly settings: Settings) {
    const { architecture, weights, ratios, flip, threads, classes } = settings;
    this.kind = settings.kind;
    this.classes = classes;
    this.palette = settings.palette;
    this.protocol = settings.protocol;
    // Enough for a camera's pictures, upright and oblong, at each ratio.
    this.network = new ScoreNetwork(modelOf(architecture), weights, threads, 2 * ratios.length);
    this.tiles = new TileClassifier(classes.length, ratios.length * (flip ? 2 : 1), threads);
    this.smallest = smallestSide(architecture);
  }

  /** Decodes a picture; one that is none, or smaller than a patch of the network, is an error. */
  async read(path: string): Promise<Image> {
    return this.checked(await decodeImage(path), path);
  }

  /** The class of each pixel of a picture, which is a file of any common format or an RGB image. */
  async segment(picture: string | Image): Promise<Segmentation> {
    const image = typeof picture === "string"
      ? await this.read(picture)
      : this.checked(picture, "the image");
    const turn = this.last.catch(() => {}).then(() => this.classified(image));
    this.last = turn;
    return await turn;
  }

  private async classified(image: Image): Promise<Segmentation> {
    const { protocol, ratios, flip, normalization, classes, palette } = this.settings;
    const looks = looksAt([image.height, image.width], protocol, ratios, flip);
    const passes = await Promise.all(
      looks.map((look) => Pass.open(this.network, image, look, normalization)),
    );
    const classified = await classify(image, passes, this.tiles, classes.length);
    return new Segmentation(image, classified, { classes, palette });
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

/** The side of a patch in pixels; convolutional stems have a stride of 4. */
function smallestSide({ config }: Architecture): number {
  return "encoder" in config ? config.encoder.patch : 4;
}
