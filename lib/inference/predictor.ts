import type { NDArray } from "../array.ts";
import { type Architecture, modelOf } from "../families/family.ts";
import type { Protocol } from "../families/protocol.ts";
import type { Image, LabelMap } from "../images/image.ts";
import type { Normalization } from "../images/normalise.ts";
import { classify } from "./classify.ts";
import type { PixelRange } from "./window_merging.ts";
import { cutterOf } from "./cutter.ts";
import { Pass } from "./pass.ts";
import { ScoreNetwork } from "./score_network.ts";
import { type Tile, TileClassifier } from "./tiles.ts";
import { viewsOf } from "./views.ts";

/** What a network says of an image. */
export interface Prediction {
  readonly labels: LabelMap;
  /** The probability of each pixel's class [h, w]. */
  readonly confidence: Float32Array;
}

/** Whatever gives each pixel of an image one of so many classes. */
export interface Predictor {
  readonly classes: number;
  predict(image: Image): Promise<Prediction>;
}

/** A network and how it sees images. */
export interface PredictorSettings {
  readonly architecture: Architecture;
  readonly weights: ReadonlyMap<string, NDArray>;
  readonly normalization: Normalization;
  readonly protocol: Protocol;
  readonly threads: number;
}

/** Takes a pixel's class and the probability of it, row by row within tiles. */
export type PixelVisitor = (pixel: number, label: number, confidence: number) => void;

/** A network with its weights that sees images by a protocol; they take turns. */
export class NetworkPredictor implements Predictor {
  readonly classes: number;
  private readonly network: ScoreNetwork;
  private readonly tiles: TileClassifier;
  private last: Promise<unknown> = Promise.resolve();

  constructor(readonly settings: PredictorSettings) {
    const { architecture, weights, protocol: { ratios, flip }, threads } = settings;
    this.classes = architecture.config.classes;
    const model = modelOf(architecture);
    this.network = new ScoreNetwork(model, weights, threads, ratios.length);
    this.tiles = new TileClassifier(model, this.classes, ratios.length * (flip ? 2 : 1), threads);
  }

  /** How long has run so far: the network up to its scores, and these to classes of full size. */
  get seconds(): { readonly network: number; readonly upsampling: number } {
    return { network: this.network.seconds, upsampling: this.tiles.seconds };
  }

  async predict(image: Image): Promise<Prediction> {
    const { width, height } = image;
    const data = new Uint8Array(width * height);
    const confidence = new Float32Array(width * height);
    await this.classify(image, (pixel, label, share) => {
      data[pixel] = label;
      confidence[pixel] = share;
    });
    return { labels: { width, height, data }, confidence };
  }

  /** Visits every pixel of an image; scores of full resolution exist for one tile at a time. */
  async classify(image: Image, visit: PixelVisitor): Promise<void> {
    const turn = this.last.catch(() => {}).then(() => this.classifyNow(image, visit));
    this.last = turn;
    return await turn;
  }

  private async classifyNow(image: Image, visit: PixelVisitor): Promise<void> {
    const { protocol, normalization } = this.settings;
    const size = [image.height, image.width] as const;
    const passes = await Promise.all(
      viewsOf(size, protocol).map((view) =>
        Pass.open(this.network, view, cutterOf(image, view, normalization), size)
      ),
    );
    const tile = (tile: Tile, rows: PixelRange, columns: PixelRange) =>
      visitPixels(tile, this.tiles.size.side, rows, columns, image.width, visit);
    await classify(size, passes, this.tiles, tile);
  }
}

function visitPixels(
  { labels, confidence }: Tile,
  side: number,
  [top, bottom]: PixelRange,
  [left, right]: PixelRange,
  width: number,
  visit: PixelVisitor,
): void {
  for (let y = top; y < bottom; y++) {
    for (let x = left, i = (y - top) * side; x < right; x++, i++) {
      const share = confidence[i]!;
      if (!(share >= 0)) throw notFinite(y, x);
      visit(y * width + x, labels[i]!, share);
    }
  }
}

function notFinite(row: number, column: number): RangeError {
  return new RangeError(
    `Cannot take the largest class: it needs finite scores, got others at row ${row}, column ` +
      `${column}; the checkpoint's weights may be damaged`,
  );
}
