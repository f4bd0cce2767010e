import type { NDArray } from "../array.ts";
import { inputChannels, modelOf } from "../families/family.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import type { Size } from "../images/image.ts";
import type { OpenedModel } from "../models/open.ts";
import { Scope } from "../nn/scope.ts";
import type { Scores } from "../nn/scores.ts";
import type { Computing } from "./computing.ts";
import { Program } from "../runtime/program.ts";
import { type Value, value, type Values } from "../runtime/value.ts";

/** A network's graph for images of one size, before it is compiled. */
export interface OpenGraph {
  /** The images [1, 3, h, w] that it is fed. */
  readonly images: Tensor;
  readonly size: Size;
  /** Its intermediate values by their names. */
  readonly taps: ReadonlyMap<string, Tensor>;
  readonly scores: Scores;
}

/** What is asked of a network: the outputs that are computed, by name. */
export type Question = (graph: OpenGraph) => Readonly<Record<string, Tensor>>;

/** Pictures upright and oblong, at most: sessions hold the weights and the memory of a run each. */
const MOST_SESSIONS = 2;

/** A network that is asked the same of many images: one session for each size, the last used kept. */
export class Probe {
  private readonly sizes = new Map<string, Promise<Program>>();

  constructor(
    private readonly model: Pick<OpenedModel, "architecture" | "weights">,
    private readonly computing: Computing,
    private readonly question: Question,
  ) {}

  /** The answers to an image [1, 3, h, w], and to what else is fed. */
  async ask(images: NDArray, feeds: Values = {}): Promise<Readonly<Record<string, NDArray>>> {
    const [, , h, w] = images.shape as [number, number, number, number];
    const program = await this.programFor([h, w]);
    const answers = await program.run({ images: value(images.data, images.shape), ...feeds });
    return Object.fromEntries(Object.entries(answers).map(([name, y]) => [name, arrayOf(y)]));
  }

  /** Gives the sessions' memory back. */
  async release(): Promise<void> {
    for (const program of this.sizes.values()) await (await program).release();
    this.sizes.clear();
  }

  private async programFor(size: Size): Promise<Program> {
    const key = size.join();
    const known = this.sizes.get(key) ?? this.compile(size);
    this.sizes.delete(key); // the last used stands last
    this.sizes.set(key, known);
    for (const [old, program] of [...this.sizes].slice(0, -MOST_SESSIONS)) {
      this.sizes.delete(old);
      await (await program).release();
    }
    return await known;
  }

  private compile(size: Size): Promise<Program> {
    const { architecture, weights } = this.model;
    const options = { ...this.computing, weights, sleeping: true };
    return Program.compile(this.question(openGraph(architecture, size)), options);
  }
}

/** The graph of a network for one image of a size. */
export function openGraph(architecture: OpenedModel["architecture"], size: Size): OpenGraph {
  const images = input("images", [1, inputChannels(architecture), ...size]);
  const model = modelOf(architecture);
  const { outputs, taps } = Scope.build(false, (p) => model.scores(model.build(p, images)));
  return { images, size, taps, scores: outputs };
}

function arrayOf({ shape, data }: Value): NDArray {
  return { shape, data: data as Float32Array };
}
