import type { NDArray } from "../array.ts";
import { input } from "../graph/tensor.ts";
import type { Model } from "../nn/model.ts";
import { classesLast } from "../nn/scores.ts";
import { Scope } from "../nn/scope.ts";
import type { Provider } from "../runtime/platform.ts";
import { type Precision, Program } from "../runtime/program.ts";
import { value } from "../runtime/value.ts";
import type { Size } from "../images/image.ts";

/** How the scores of a window lie: `cells` by rows and columns, which cover `covered` pixels. */
export interface ScoreLayout {
  readonly cells: Size;
  readonly covered: Size;
  readonly classes: number;
}

interface Sized {
  readonly layout: ScoreLayout;
  readonly program: Promise<Program>;
}

/** Sessions for whole images of a data set's usual sizes, while their weights take this much. */
const WEIGHTS_BYTES = 2 ** 29;
const MOST_SESSIONS = 16;

/** How a network is run. */
export interface ScoreNetworkOptions {
  readonly threads: number;
  /** How many scales of an image it sees. */
  readonly ratios: number;
  /** Of its images; 3 if not given. */
  readonly channels?: number;
  /** What linear layers are computed in, single precision if not given. */
  readonly precision?: Precision;
  /** What computes; the processor if not given. */
  readonly provider?: Provider;
}

/**
 * A network with its weights: one session for each size of windows. Each holds the weights and the
 * memory of a run, so only those that were used last stay, two at least for each ratio: enough for a
 * camera's pictures, upright and oblong.
 */
export class ScoreNetwork {
  /** How long the network has run so far. */
  seconds = 0;
  private readonly sizes = new Map<string, Sized>();
  private readonly sessions: number;

  constructor(
    private readonly model: Model,
    private readonly weights: ReadonlyMap<string, NDArray>,
    private readonly options: ScoreNetworkOptions,
  ) {
    const bytes = weights.values().reduce((sum, { data }) => sum + data.byteLength, 0);
    const roomFor = Math.min(MOST_SESSIONS, Math.floor(WEIGHTS_BYTES / bytes));
    this.sessions = Math.max(2 * options.ratios, roomFor);
  }

  /** How the scores of windows of a size lie. */
  async layout(window: Size): Promise<ScoreLayout> {
    return (await this.sized(window)).layout;
  }

  /** Writes the scores [rows, columns, classes] of a normalised window [channels, h, w]. */
  async run({ shape: [c, h, w], data }: NDArray, scores: Float32Array): Promise<void> {
    const { layout: { cells, classes }, program } = await this.sized([h!, w!]);
    const feeds = { images: value(data, [1, c!, h!, w!]) };
    const compiled = await program;
    const started = performance.now();
    await compiled.runInto(feeds, { scores: value(scores, [...cells, classes]) });
    this.seconds += (performance.now() - started) / 1000;
  }

  /** Gives the memory of all sessions back. */
  async release(): Promise<void> {
    const all = [...this.sizes.values()];
    this.sizes.clear();
    for (const { program } of all) await (await program).release();
  }

  private async sized(window: Size): Promise<Sized> {
    const key = window.join();
    const known = this.sizes.get(key) ?? this.compile(window);
    this.sizes.delete(key); // the last used stands last
    this.sizes.set(key, known);
    for (const [old, { program }] of [...this.sizes].slice(0, -this.sessions)) {
      this.sizes.delete(old);
      await (await program).release();
    }
    return known;
  }

  private compile([h, w]: Size): Sized {
    const { model, weights, options } = this;
    const { channels = 3, precision = "single", provider = "cpu", threads } = options;
    const images = input("images", [1, channels, h, w]);
    const { outputs: scores } = Scope.build(false, (p) => model.scores(model.build(p, images)));
    const [, classes, rows, columns] = scores.map.dims(4);
    return {
      layout: { cells: [rows, columns], covered: [scores.height, scores.width], classes },
      program: Program.compile({ scores: classesLast(scores) }, {
        provider,
        threads,
        weights,
        precision,
        sleeping: true,
      }),
    };
  }
}
