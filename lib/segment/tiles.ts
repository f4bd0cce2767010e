import { IGNORE } from "../data/dataset.ts";
import { largest } from "../graph/ops/largest.ts";
import { add, byte, mul } from "../graph/ops/math.ts";
import { matmul } from "../graph/ops/matmul.ts";
import { softmax } from "../graph/ops/normalize.ts";
import { reshape } from "../graph/ops/structure.ts";
import { input, scalar, type Tensor } from "../graph/tensor.ts";
import { Program, value, type Values } from "../runtime/session.ts";

/** Side of a tile in pixels: its scores of 150 classes take 2.4 MB, which stay in a cache. */
export const SIDE = 64;

/** Side of the grid of cells that a tile is interpolated from: enough for 4 pixels a cell. */
export const CELLS = 20;

/** What a window gives to a tile. */
export interface Part {
  /** The window's scores around the tile [CELLS, CELLS, classes], finite where none is needed. */
  readonly cells: Float32Array;
  /** What cells weigh in the tile's pixels, by rows and by columns: both [SIDE, CELLS]. */
  readonly rows: Float32Array;
  readonly columns: Float32Array;
}

/** The classes of a tile's pixels and their probabilities, both [SIDE, SIDE]. */
export interface Tile {
  readonly labels: Uint8Array;
  readonly confidence: Float32Array;
}

/**
 * From coarse scores to classes, a tile at a time: scores of full resolution exist for one tile, and
 * those of a tile that one window gives alone never leave the runtime.
 */
export class TileClassifier {
  private readonly graphs: ReturnType<typeof graphsOf>;
  private readonly programs = new Map<string, Promise<Program>>();
  private readonly scores: Values[string];
  private readonly probabilities: Values[string];

  /** For scores of so many classes, the mean of the probabilities of so many passes. */
  constructor(classes: number, passes: number, private readonly threads: number) {
    if (classes > IGNORE) {
      throw new RangeError(
        `Cannot label pixels: at most ${IGNORE} classes needed, which a palette PNG tells from ` +
          `pixels without one, got ${classes}`,
      );
    }
    this.graphs = graphsOf(classes, passes);
    const zeros = () => value(new Float32Array(SIDE * SIDE * classes), [SIDE, SIDE, classes]);
    [this.scores, this.probabilities] = [zeros(), zeros()];
  }

  /** The classes of a tile from its parts by pass: a part for each window that reaches it. */
  async classify(passes: readonly (readonly Part[])[]): Promise<Tile> {
    const only = passes.length === 1 && passes[0]!.length === 1 ? passes[0]![0] : undefined;
    if (only) return await this.choose("one", feedsOf(only));
    const { scores, probabilities } = this;
    zero(probabilities);
    for (const parts of passes) {
      zero(scores);
      for (const part of parts) await this.addTo(scores, "add", feedsOf(part));
      await this.addTo(probabilities, "soften", { scores });
    }
    return await this.choose("choose", { probabilities });
  }

  /** Adds in place, which a sum element by element allows. */
  private async addTo(sum: Values[string], name: "add" | "soften", feeds: Values): Promise<void> {
    await (await this.program(name)).runInto({ before: sum, ...feeds }, { sum });
  }

  private async choose(name: "one" | "choose", feeds: Values): Promise<Tile> {
    const { labels, confidence } = await (await this.program(name)).run(feeds);
    return {
      labels: labels!.data as Uint8Array,
      confidence: confidence!.data as Float32Array,
    };
  }

  private program(name: keyof ReturnType<typeof graphsOf>): Promise<Program> {
    const known = this.programs.get(name);
    const program = known ??
      Program.compile(this.graphs[name], { threads: this.threads, sleeping: true });
    this.programs.set(name, program);
    return program;
  }
}

function zero({ data }: Values[string]): void {
  (data as Float32Array).fill(0);
}

function feedsOf({ cells, rows, columns }: Part): Values {
  const classes = cells.length / CELLS ** 2;
  return {
    cells: value(cells, [CELLS, CELLS * classes]),
    rows: value(rows, [SIDE, CELLS]),
    columns: value(columns, [SIDE, CELLS]),
  };
}

/** With classes last, so that softmax and the largest run along memory. */
function graphsOf(classes: number, passes: number) {
  const full = [SIDE, SIDE, classes];
  const wide = matmul(input("rows", [SIDE, CELLS]), input("cells", [CELLS, CELLS * classes]));
  const part = matmul(input("columns", [SIDE, CELLS]), reshape(wide, [SIDE, CELLS, classes]));
  const before = input("before", full);
  const share = mul(softmax(input("scores", full)), scalar(1 / passes));
  return {
    one: chosen(softmax(part)),
    add: { sum: add(before, part) },
    soften: { sum: add(before, share) },
    choose: chosen(input("probabilities", full)),
  };
}

function chosen(probabilities: Tensor): Record<string, Tensor> {
  const { value: confidence, index } = largest(probabilities);
  return { labels: byte(index), confidence };
}
