import { sizeOf } from "../array.ts";
import { input, type Shape, type Tensor } from "../graph/tensor.ts";
import type { Random } from "../random.ts";
import { ALL_LEARNS, isBelow, type Lora, type Tuning } from "./tuning.ts";

/** Fills a new weight of a shape from a random stream. */
export type Init = (shape: Shape, random: Random) => Float32Array;

/** A weight or a buffer; its published name is the key of the model's map. */
export interface Parameter {
  /** The graph's input that it is fed to. */
  readonly tensor: Tensor;
  /** What fills it before training. */
  readonly init: Init;
  /** True where it is kept with the weights but not learnt: batch norm's running statistics. */
  readonly buffer: boolean;
  /** True where published checkpoints hold it and nothing computes with it: an ImageNet head. */
  readonly unused: boolean;
}

/** A random input of a training graph: elements are 1 / keep with probability keep, otherwise 0. */
export interface Noise {
  /** The graph's input that it is fed to. */
  readonly tensor: Tensor;
  /** The probability that an element is not 0. */
  readonly keep: number;
}

/** What a model function declared while it built its graph. */
export interface Declared {
  /** Weights and buffers by their names. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Intermediate values by their names. */
  readonly taps: ReadonlyMap<string, Tensor>;
  /** Random masks of a training graph by their names. */
  readonly noise: ReadonlyMap<string, Noise>;
  /** What buffers become by a training step, by their names. */
  readonly updates: ReadonlyMap<string, Tensor>;
}

/**
 * Names a model's parameters and intermediate values by path: `p.at("attn").at("qkv")` declares
 * `attn.qkv.weight`. Names are those of the published PyTorch checkpoints.
 */
export class Scope {
  private constructor(
    private readonly path: readonly string[],
    /** True where a training graph trains: dropout and stochastic depth are active. */
    readonly training: boolean,
    private readonly parameters: Map<string, Parameter>,
    private readonly taps: Map<string, Tensor>,
    private readonly noise: Map<string, Noise>,
    private readonly updates: Map<string, Tensor>,
    private readonly tuning: Tuning,
  ) {}

  /** Builds a graph with `build` and returns its outputs and what it declared. */
  static build<T>(
    training: boolean,
    build: (p: Scope) => T,
    tuning: Tuning = ALL_LEARNS,
  ): Declared & { readonly outputs: T } {
    const root = new Scope([], training, new Map(), new Map(), new Map(), new Map(), tuning);
    const outputs = build(root);
    const { parameters, taps, noise, updates } = root;
    return { outputs, parameters, taps, noise, updates };
  }

  /** The scope of a submodule; a number is an index in a list of modules. */
  at(name: string | number): Scope {
    const path = [...this.path, `${name}`];
    const { parameters, taps, noise, updates, tuning } = this;
    const training = this.training && !isBelow(`${path.join(".")}.`, tuning.still);
    return new Scope(path, training, parameters, taps, noise, updates, tuning);
  }

  /** The adapter that a linear layer of this scope has; null where it has none. */
  get lora(): Lora | null {
    const { lora } = this.tuning;
    return lora && isBelow(this.name(""), lora.layers) ? lora : null;
  }

  /** Declares a weight. */
  param(name: string, shape: Shape, init: Init): Tensor {
    const key = this.name(name);
    const tensor = input(key, shape);
    declare(this.parameters, key, { tensor, init, buffer: false, unused: false });
    return tensor;
  }

  /** Declares a value that is stored with the weights and not learnt. */
  buffer(name: string, shape: Shape, init: Init): Tensor {
    const key = this.name(name);
    const tensor = input(key, shape);
    declare(this.parameters, key, { tensor, init, buffer: true, unused: false });
    return tensor;
  }

  /**
   * Declares a weight that nothing computes with and that is stored all the same, behind the
   * parameters of this scope: what reads published checkpoints may ask for it.
   */
  unused(name: string, shape: Shape, init: Init): void {
    const key = this.name(name);
    const parameter = { tensor: input(key, shape), init, buffer: false, unused: true };
    const last = [...this.parameters.keys()].findLastIndex((key) => key.startsWith(this.name("")));
    const behind = [...this.parameters].slice(last + 1);
    for (const [key] of behind) this.parameters.delete(key);
    declare(this.parameters, key, parameter);
    for (const [key, other] of behind) this.parameters.set(key, other);
  }

  /** Says what a buffer of this scope becomes by a training step. */
  update(name: string, next: Tensor): void {
    declare(this.updates, this.name(name), next);
  }

  /** Makes an intermediate value known by name and returns it. */
  tap(name: string, tensor: Tensor): Tensor {
    declare(this.taps, this.name(name), tensor);
    return tensor;
  }

  /** A random mask of `shape` for a training graph, fed under `noise/<path>.<name>`. */
  mask(name: string, shape: Shape, keep: number): Tensor {
    const key = `noise/${this.name(name)}`;
    const tensor = input(key, shape);
    declare(this.noise, key, { tensor, keep });
    return tensor;
  }

  /** A name of this scope, with the path before it. */
  private name(name: string): string {
    return [...this.path, name].join(".");
  }
}

/** The number of a model's learnt numbers, as the papers count them: without buffers. */
export function parameterCount(parameters: ReadonlyMap<string, Parameter>): number {
  const learnt = [...parameters.values()].filter(({ buffer }) => !buffer);
  return learnt.reduce((sum, { tensor }) => sum + sizeOf(tensor.shape), 0);
}

function declare<T>(map: Map<string, T>, name: string, value: T): void {
  if (map.has(name)) throw new TypeError(`Cannot declare "${name}": the name is taken`);
  map.set(name, value);
}
