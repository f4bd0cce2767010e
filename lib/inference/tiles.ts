import { IGNORE, type Size } from "../images/image.ts";
import { largest } from "../graph/ops/indices.ts";
import { add, byte, mul } from "../graph/ops/math.ts";
import { matmul } from "../graph/ops/matmul.ts";
import { reshape } from "../graph/ops/structure.ts";
import { input, scalar, type Tensor } from "../graph/tensor.ts";
import type { Model } from "../nn/model.ts";
import { Program } from "../runtime/program.ts";
import { value, type Values } from "../runtime/value.ts";

/** How large tiles are. */
export interface TileSize {
  /** Side in pixels. */
  readonly side: number;
  /** The most cells in a row that a tile takes of each window: enough for 4 pixels a cell. */
  readonly cells: number;
}

/** What a pass gives to a tile: the scores of `windows` rows and columns of windows around it. */
export interface Part {
  /** Side of the grid of cells of each window. */
  readonly cells: number;
  readonly windows: Size;
  /** Scores [windows[0] · cells, windows[1] · cells, classes], finite where none is needed. */
  readonly scores: Float32Array;
  /** What cells weigh in the tile's pixels: [side, windows[0] · cells], [side, windows[1] · cells]. */
  readonly rows: Float32Array;
  readonly columns: Float32Array;
}

/** The classes of a tile's pixels and their probabilities, both [side, side]. */
export interface Tile {
  readonly labels: Uint8Array;
  readonly confidence: Float32Array;
  /** What else is measured, by name: [side, side] of numbers, or of as many as there are classes. */
  readonly measured: Readonly<Record<string, Float32Array>>;
}

/** What is measured of pixels beside their classes, by name: of probabilities [..., classes], [..., n]. */
export type Measures = Readonly<Record<string, (probabilities: Tensor) => Tensor>>;

/** A tile's scores of 37 to 150 classes take 2.4 MB, which stay in a cache. */
const LARGE: TileSize = { side: 128, cells: 36 };
const SMALL: TileSize = { side: 64, cells: 20 };
const FEW_CLASSES = 37;

/**
 * From coarse scores to classes, a tile at a time: scores of full resolution exist for one tile, and
 * those of a single pass never leave the runtime.
 */
export class TileClassifier {
  readonly size: TileSize;
  /** How long it has worked so far. */
  seconds = 0;
  private readonly programs = new Map<string, Promise<Program>>();
  private readonly probabilities: Values[string];

  /** For scores of so many classes, the mean of the probabilities of so many passes. */
  constructor(
    private readonly model: Pick<Model, "probabilities">,
    private readonly classes: number,
    private readonly passes: number,
    private readonly threads: number,
    private readonly measures: Measures = {},
  ) {
    if (classes > IGNORE) {
      throw new RangeError(
        `Cannot label pixels: at most ${IGNORE} classes needed, which a palette PNG tells from ` +
          `pixels without one, got ${classes}`,
      );
    }
    this.size = classes <= FEW_CLASSES ? LARGE : SMALL;
    const { side } = this.size;
    this.probabilities = value(new Float32Array(side * side * classes), [side, side, classes]);
  }

  /** The classes of a tile from what each pass gives to it. */
  async classify(passes: readonly Part[]): Promise<Tile> {
    const started = performance.now();
    const tile = await this.classified(passes);
    this.seconds += (performance.now() - started) / 1000;
    return tile;
  }

  /** Gives the memory of all programs back. */
  async release(): Promise<void> {
    const all = [...this.programs.values()];
    this.programs.clear();
    for (const program of all) await (await program).release();
  }

  private async classified(passes: readonly Part[]): Promise<Tile> {
    if (passes.length === 1) return await this.choose(this.feeds(passes[0]!), passes[0]!);
    const { probabilities } = this;
    (probabilities.data as Float32Array).fill(0);
    for (const part of passes) {
      const program = await this.program(`add ${layoutOf(part)}`, () => this.sum(part));
      // In place, which a sum element by element allows.
      await program.runInto({ before: probabilities, ...this.feeds(part) }, { sum: probabilities });
    }
    return await this.choose({ probabilities }, null);
  }

  private async choose(feeds: Values, part: Part | null): Promise<Tile> {
    const program = await this.program(`choose ${part && layoutOf(part)}`, () => {
      return this.chosen(part ? this.shares(part) : this.full("probabilities"));
    });
    const { labels, confidence, ...measured } = await program.run(feeds);
    return {
      labels: labels!.data as Uint8Array,
      confidence: confidence!.data as Float32Array,
      measured: Object.fromEntries(
        Object.entries(measured).map(([name, { data }]) => [name, data as Float32Array]),
      ),
    };
  }

  private program(name: string, graph: () => Record<string, Tensor>): Promise<Program> {
    const known = this.programs.get(name);
    const program = known ?? Program.compile(graph(), {
      provider: "cpu",
      threads: this.threads,
      sleeping: true,
    });
    this.programs.set(name, program);
    return program;
  }

  private feeds(part: Part): Values {
    const { size: { side }, classes } = this;
    const { scores, rows, columns } = part;
    const [down, across] = layoutOf(part);
    return {
      scores: value(scores, [down, across * classes]),
      rows: value(rows, [side, down]),
      columns: value(columns, [side, across]),
    };
  }

  /** A tile's probabilities, with classes last, so that softmax and the largest run along memory. */
  private shares(part: Part): Tensor {
    const { size: { side }, classes } = this;
    const [down, across] = layoutOf(part);
    const scores = input("scores", [down, across * classes]);
    const wide = matmul(input("rows", [side, down]), scores);
    const columns = input("columns", [side, across]);
    return this.model.probabilities(matmul(columns, reshape(wide, [side, across, classes])));
  }

  private sum(part: Part): Record<string, Tensor> {
    const share = mul(this.shares(part), scalar(1 / this.passes));
    return { sum: add(this.full("before"), share) };
  }

  private full(name: string): Tensor {
    const { size: { side }, classes } = this;
    return input(name, [side, side, classes]);
  }

  private chosen(probabilities: Tensor): Record<string, Tensor> {
    const { value: confidence, index } = largest(probabilities);
    const measured = Object.entries(this.measures).map(([name, measure]) => {
      return [name, measure(probabilities)] as const;
    });
    return { ...Object.fromEntries(measured), labels: byte(index), confidence };
  }
}

/** Rows and columns of the cells that a part has. */
function layoutOf({ windows, cells }: Part): Size {
  return [windows[0] * cells, windows[1] * cells];
}
