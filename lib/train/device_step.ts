import { type NDArray, sizeOf } from "../array.ts";
import type { Batch } from "../data/batches.ts";
import type { Tensor } from "../graph/tensor.ts";
import { withValues } from "../graph/with_values.ts";
import { type Value, value, type Values } from "../runtime/value.ts";
import {
  Download,
  Held,
  ResidentProgram,
  type ResidentResult,
  together,
  Upload,
} from "../runtime/resident.ts";
import { checkedNorm } from "./checked_norm.ts";
import { drawMasks } from "./masks.ts";
import { drawnKeys, type DrawnMask, drawnMask, keysName } from "./drawn_masks.ts";
import type { StepConfig, StepResult } from "./step.ts";
import { hyperFeeds } from "./step_feeds.ts";
import { NEXT, type StepGraph, SUM } from "./step_graph.ts";
import { asValue, blank, stepValues } from "./step_values.ts";
import { summedUp } from "./summed_up.ts";
import { decidedBy, givenFor, valuesOf } from "./targets.ts";

type Tensors = Readonly<Record<string, Tensor>>;

/** A step of one micro-batch, or of several whose gradients are added in between. */
type Programs =
  | { readonly apply: ResidentProgram }
  | { readonly collect: ResidentProgram; readonly update: ResidentProgram };

/** What a step changes. */
interface Live {
  /** Weights, and what the optimizer remembers of them. */
  readonly learned: Held;
  readonly buffers: Held;
}

/** What a step gives: the mean loss, the squared norms of the gradients, and what lives on. */
interface Computed {
  readonly loss: number;
  readonly squares: Float32Array;
  readonly next: Live;
}

/** Masks of more elements are drawn by the device. */
const MOST_FED = 1024;

/** What crosses between this process and the device in a step, in bytes. */
export interface Crossing {
  readonly to: number;
  readonly from: number;
}

/**
 * A model in training on WebGPU, as `TrainStep` is on the processor. Weights, statistics, the optimizer's memory and
 * sums of gradients stay on the device; images, labels and keys go there, the loss and norms come back.
 */
export class DeviceStep {
  /** What crossed in the last step. */
  crossing: Crossing = { to: 0, from: 0 };
  /** Made when the state is asked for first. */
  private download: Download | null = null;

  private constructor(
    private readonly config: StepConfig,
    private readonly graph: StepGraph,
    /** The first part of a step whose loss has targets that only a look at the answer gives. */
    private readonly first: ResidentProgram | null,
    private readonly programs: Programs,
    private readonly drawn: ReadonlyMap<string, DrawnMask>,
    private readonly untrained: ReadonlyMap<string, NDArray>,
    /** Where the first values of all that is held come from. */
    private readonly uploads: readonly Upload[],
    private readonly fixed: Held,
    /** Zero sums of gradients; none where a step has one micro-batch. */
    private readonly zeros: Held,
    private live: Live,
  ) {}

  /** Compiles the step of a model and puts its values, as `TrainStep.compile` takes them, onto the device. */
  static async compile(
    graph: StepGraph,
    config: StepConfig,
    values: ReadonlyMap<string, NDArray>,
  ): Promise<DeviceStep> {
    const { threads, optimizer } = config;
    const { untrained, fixed, weights, memory, buffers } = stepValues(graph, optimizer, values);
    const { net: { noise }, graphs, matching, first } = graph;
    const drawn = new Map(
      [...noise].filter(([, { tensor }]) => sizeOf(tensor.shape) > MOST_FED)
        .map(([name, one]) => [name, drawnMask(name, one)]),
    );
    const masks = new Map([...drawn].map(([name, { mask }]) => [noise.get(name)!.tensor, mask]));
    const compiled = (outputs: Tensors) => staying(withValues(outputs, masks), threads);
    const programs = "apply" in graphs ? { apply: await compiled(graphs.apply) } : {
      collect: await compiled(summedUp(graphs.collect)),
      update: await compiled(graphs.update),
    };
    const sums = Object.entries("apply" in graphs ? {} : weights)
      .map(([name, weight]) => [SUM + name, blank(weight)] as const);
    const up = (values: Values) => Upload.of(values, threads);
    const uploads = [
      await up(fixed),
      await up(Object.fromEntries(sums)),
      await up({ ...weights, ...memory }),
      await up(buffers),
    ] as const;
    const [still, zeros, learned, moving] = uploads.map(({ held }) => held);
    return new DeviceStep(
      config,
      graph,
      matching ? await compiled(first) : null,
      programs,
      drawn,
      untrained,
      uploads,
      still!,
      zeros!,
      { learned: learned!, buffers: moving! },
    );
  }

  /** All parameters, and what the optimizer remembers, by name: copies, which cross from the device now. */
  async state(): Promise<Map<string, NDArray>> {
    const { learned, buffers } = this.live;
    const all = together(learned, buffers);
    this.download ??= all.names.length > 0
      ? await Download.compile(all, this.config.threads)
      : null;
    const values = await this.download?.run(all) ?? {};
    const arrays = Object.entries(values).map(([name, { shape, data }]) =>
      [name, { shape, data: data as Float32Array }] as const
    );
    return new Map([...this.untrained, ...arrays]);
  }

  /** The weights that learn and the statistics, until the next step. */
  get weights(): Held {
    const { learned, buffers } = this.live;
    return together(learned.only(this.graph.trained), buffers);
  }

  /** One optimizer step, counted from 0, on as many micro-batches as the config accumulates. */
  async run(batches: readonly Batch[], step: number, lr: number): Promise<StepResult> {
    const { loss, squares, next } = await this.compute(batches, step, lr);
    let unneeded = next;
    try {
      const gradientNorm = checkedNorm(this.graph.trained, step, loss, squares);
      [this.live, unneeded] = [next, this.live];
      return { loss, gradientNorm };
    } finally {
      release(unneeded);
    }
  }

  /** Does the work of `run` and leaves no trace. */
  async rehearse(batches: readonly Batch[], step: number, lr: number): Promise<void> {
    release((await this.compute(batches, step, lr)).next);
  }

  /** Gives the device's memory back; nothing runs afterwards. */
  async release(): Promise<void> {
    release(this.live);
    this.fixed.release();
    this.zeros.release();
    for (const upload of this.uploads) await upload.release();
    await this.first?.release();
    await this.download?.release();
    for (const program of Object.values(this.programs)) await program.release();
  }

  private async compute(batches: readonly Batch[], step: number, lr: number): Promise<Computed> {
    const { accumulate } = this.config;
    if (batches.length !== accumulate) {
      throw new RangeError(
        `Cannot step: ${accumulate} micro-batches needed, got ${batches.length}`,
      );
    }
    this.crossing = { to: 0, from: 0 };
    const hyper = hyperFeeds(this.config, lr, step);
    if ("collect" in this.programs) {
      return await this.collected(this.programs, batches, step, hyper);
    }
    const { fed, saved } = await this.feeds(batches[0]!, step, 0, this.live.buffers);
    const all = together(this.live.buffers, saved);
    const { values, held } = await this.cross(this.programs.apply, { ...fed, ...hyper }, all);
    saved.release();
    return {
      loss: number(values.loss!),
      squares: values.squares!.data as Float32Array,
      next: this.parted(held),
    };
  }

  /** Sums up losses and gradients of all micro-batches, and moves the buffers, one after the other. */
  private async collected(
    { collect, update }: Exclude<Programs, { readonly apply: unknown }>,
    batches: readonly Batch[],
    step: number,
    hyper: Values,
  ): Promise<Computed> {
    let [sums, buffers, loss] = [this.zeros, this.live.buffers, 0];
    for (const [micro, batch] of batches.entries()) {
      const { fed, saved } = await this.feeds(batch, step, micro, buffers);
      const { values, held } = await this.cross(collect, fed, together(buffers, sums, saved));
      saved.release();
      loss += number(values.loss!);
      if (micro > 0) together(sums, buffers).release();
      [sums, buffers] = [held.only(this.zeros.names), held.only(buffers.names)];
    }
    const { values, held } = await this.cross(update, hyper, sums);
    sums.release();
    return {
      loss: loss / batches.length,
      squares: values.squares!.data as Float32Array,
      next: { learned: held.only(this.live.learned.names), buffers },
    };
  }

  private parted(held: Held): Live {
    const { learned, buffers } = this.live;
    return { learned: held.only(learned.names), buffers: held.only(buffers.names) };
  }

  /** What goes to the device for a micro-batch. */
  private async feeds(
    batch: Batch,
    step: number,
    micro: number,
    buffers: Held,
  ): Promise<{ readonly fed: Values; readonly saved: Held }> {
    const { images, labels } = batch;
    const { drawn, graph, config: { seed } } = this;
    const small = new Map([...graph.net.noise].filter(([name]) => !drawn.has(name)));
    const masks = Object.fromEntries(
      [...drawMasks(small, seed, step, micro)].map(([name, mask]) => [name, asValue(mask)]),
    );
    const keys = Object.fromEntries(
      [...drawn].map(([name, mask]) => [
        keysName(name),
        asValue(drawnKeys(name, mask, seed, step, micro)),
      ]),
    );
    const feeds = {
      images: asValue(images),
      labels: value(labels.data, labels.shape),
      ...masks,
      ...keys,
    };
    if (!this.first) return { fed: feeds, saved: new Held({}) };
    const matching = graph.matching!;
    const given = givenFor(matching, batch, this.config, step, micro);
    const { values, held } = await this.cross(
      this.first,
      { ...feeds, ...valuesOf(given) },
      buffers,
    );
    return { fed: { ...feeds, ...decidedBy(matching, values, given) }, saved: held };
  }

  /** Runs a program on what learns, what is fixed, and what else is `held`. */
  private async cross(
    program: ResidentProgram,
    feeds: Values,
    held: Held,
  ): Promise<ResidentResult> {
    const result = await program.run(feeds, together(this.fixed, this.live.learned, held));
    const { to, from } = this.crossing;
    this.crossing = { to: to + bytesIn(feeds), from: from + bytesIn(result.values) };
    return result;
  }
}

function bytesIn(values: Values): number {
  return Object.values(values).reduce((sum, { data }) => sum + data.byteLength, 0);
}

/** A program whose outputs `next/NAME` stay on the device as NAME, and what is saved as it is called. */
function staying(outputs: Tensors, threads: number): Promise<ResidentProgram> {
  const names = Object.keys(outputs).filter((name) => /^(next|saved)\//.test(name));
  const stays = new Map(
    names.map((name) => [name, name.startsWith(NEXT) ? name.slice(NEXT.length) : name]),
  );
  return ResidentProgram.compile(outputs, stays, { threads });
}

function release({ learned, buffers }: Live): void {
  together(learned, buffers).release();
}

function number({ data }: Value): number {
  return (data as Float32Array)[0]!;
}
