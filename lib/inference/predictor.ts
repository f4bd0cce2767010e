import type { NDArray } from "../array.ts";
import { type Architecture, inputChannels, modelOf } from "../families/family.ts";
import type { Protocol } from "../families/protocol.ts";
import type { LabelMap, Raster } from "../images/image.ts";
import type { Normalization } from "../images/normalise.ts";
import { classify } from "./classify.ts";
import type { PixelRange } from "./window_merging.ts";
import { cutterOf } from "./cutter.ts";
import { FileNetwork } from "./file_network.ts";
import { Pass } from "./pass.ts";
import type { Provider } from "../runtime/platform.ts";
import type { Precision } from "../runtime/program.ts";
import { ScoreNetwork } from "./score_network.ts";
import { type Measures, type Tile, TileClassifier } from "./tiles.ts";
import { viewsOf } from "./views.ts";

/** What a network says of an image. */
export interface Prediction {
  /** The class of each pixel [h, w]. */
  readonly labels: LabelMap;
  /** The probability of each pixel's class [h, w]. */
  readonly confidence: Float32Array;
}

/** Whatever gives each pixel of an image one of so many classes. */
export interface Predictor {
  readonly classes: number;
  predict(image: Raster): Promise<Prediction>;
}

/** A network and how it sees images. */
export interface PredictorSettings {
  readonly architecture: Architecture;
  readonly weights: ReadonlyMap<string, NDArray>;
  readonly normalization: Normalization;
  readonly protocol: Protocol;
  readonly threads: number;
  /** What linear layers are computed in, single precision if not given. */
  readonly precision?: Precision;
  /** What computes the network; the processor if not given. */
  readonly provider?: Provider;
  /** What is measured of pixels beside their classes; nothing if not given. */
  readonly measures?: Measures;
}

/** What a network says of an image, and what was measured of each pixel [h, w], by name. */
export interface MeasuredPrediction extends Prediction {
  readonly measured: Readonly<Record<string, Float32Array>>;
}

/**
 * Takes a pixel's class and the probability of it, row by row within tiles, with what was measured in the
 * tile, and where in it the pixel is.
 */
export type PixelVisitor = (
  pixel: number,
  label: number,
  confidence: number,
  measured: Tile["measured"],
  inTile: number,
) => void;

/** A network with its weights that sees images by a protocol; they take turns. */
export class NetworkPredictor implements Predictor {
  readonly classes: number;
  private readonly network: ScoreNetwork | FileNetwork;
  private readonly tiles: TileClassifier;
  private last: Promise<unknown> = Promise.resolve();

  constructor(readonly settings: PredictorSettings) {
    const { architecture, weights, protocol: { ratios, flip }, threads, measures } = settings;
    this.classes = architecture.config.classes;
    const model = modelOf(architecture);
    const options = {
      threads,
      ratios: ratios.length,
      channels: inputChannels(architecture),
      precision: settings.precision ?? "single",
      provider: settings.provider ?? "cpu",
    };
    this.network = architecture.file
      ? new FileNetwork(architecture.file, options)
      : new ScoreNetwork(model, weights, options);
    const passes = ratios.length * (flip ? 2 : 1);
    this.tiles = new TileClassifier(model, this.classes, passes, threads, measures);
  }

  /** How long has run so far: the network up to its scores, and these to classes of full size. */
  get seconds(): { readonly network: number; readonly upsampling: number } {
    return { network: this.network.seconds, upsampling: this.tiles.seconds };
  }

  /** Gives the runtime's memory back once the images before are done; what comes later compiles anew. */
  async release(): Promise<void> {
    await this.last.catch(() => {});
    await this.network.release();
    await this.tiles.release();
  }

  async predict(image: Raster): Promise<Prediction> {
    const { labels, confidence } = await this.measure(image);
    return { labels, confidence };
  }

  /** Predicts, and keeps what the settings' measures say of each pixel. */
  async measure(image: Raster): Promise<MeasuredPrediction> {
    const { width, height } = image;
    const data = new Uint8Array(width * height);
    const confidence = new Float32Array(width * height);
    const names = Object.keys(this.settings.measures ?? {});
    const maps = names.map((name) => [name, new Float32Array(width * height)] as const);
    await this.classify(image, (pixel, label, share, found, inTile) => {
      data[pixel] = label;
      confidence[pixel] = share;
      for (const [name, map] of maps) map[pixel] = found[name]![inTile]!;
    });
    return {
      labels: { width, height, data },
      confidence,
      measured: Object.fromEntries(maps),
    };
  }

  /**
   * Visits every pixel of an image; scores of full resolution exist for one tile at a time. `finish`
   * hears of the rows that are done, from the top to the bottom, and is waited for.
   */
  async classify(
    image: Raster,
    visit: PixelVisitor,
    finish?: (rows: PixelRange) => Promise<void>,
  ): Promise<void> {
    const turn = this.last.catch(() => {}).then(() => this.classifyNow(image, visit, finish));
    this.last = turn;
    return await turn;
  }

  private async classifyNow(
    image: Raster,
    visit: PixelVisitor,
    finish?: (rows: PixelRange) => Promise<void>,
  ): Promise<void> {
    const { protocol, normalization } = this.settings;
    const size = [image.height, image.width] as const;
    const passes = await Promise.all(
      viewsOf(size, protocol).map((view) =>
        Pass.open(this.network, view, cutterOf(image, view, normalization), size)
      ),
    );
    const tile = (tile: Tile, rows: PixelRange, columns: PixelRange) =>
      visitPixels(tile, this.tiles.size.side, rows, columns, image.width, visit);
    await classify(size, passes, this.tiles, tile, finish);
  }
}

function visitPixels(
  tile: Tile,
  side: number,
  [top, bottom]: PixelRange,
  [left, right]: PixelRange,
  width: number,
  visit: PixelVisitor,
): void {
  const { labels, confidence, measured } = tile;
  for (let y = top; y < bottom; y++) {
    for (let x = left, i = (y - top) * side; x < right; x++, i++) {
      const share = confidence[i]!;
      if (!(share >= 0)) throw notFinite(y, x);
      visit(y * width + x, labels[i]!, share, measured, i);
    }
  }
}

function notFinite(row: number, column: number): RangeError {
  return new RangeError(
    `Cannot take the largest class: it needs finite scores, got others at row ${row}, column ` +
      `${column}; the checkpoint's weights may be damaged`,
  );
}
