import type * as ort from "onnxruntime-node";
import { exportOnnx } from "../graph/export.ts";
import { forWebGpu } from "../graph/for_webgpu.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import { deviceFailure, largestOf } from "./device_failure.ts";
import { resident } from "./here.ts";
import type { SessionOptions } from "./platform.ts";
import type { Value, Values } from "./value.ts";

/** Values in the memory of a device, by name, until they are released. */
export class Held {
  /** Their tensors are what a runtime gave, and nobody else's. */
  constructor(readonly tensors: Readonly<Record<string, ort.Tensor>>) {}

  /** What it holds. */
  get names(): readonly string[] {
    return Object.keys(this.tensors);
  }

  /** Those of some names. */
  only(names: readonly string[]): Held {
    return new Held(Object.fromEntries(names.map((name) => [name, this.tensors[name]!])));
  }

  /** Gives the device's memory back. */
  release(): void {
    for (const tensor of Object.values(this.tensors)) tensor.dispose();
  }
}

/** All that several hold; of equal names the last. */
export function together(...held: readonly Held[]): Held {
  return new Held(Object.assign({}, ...held.map(({ tensors }) => tensors)));
}

/** What a run gives: values in this process's memory, and what stayed on the device. */
export interface ResidentResult {
  readonly values: Values;
  readonly held: Held;
}

/**
 * A program on WebGPU some of whose outputs stay on the device, where the next run finds them: what does not change
 * hands crosses no bus.
 */
export class ResidentProgram {
  private constructor(
    private readonly session: ort.InferenceSession,
    /** What outputs are called that stay, by the outputs' names. */
    private readonly stays: ReadonlyMap<string, string>,
    private readonly largest: Tensor,
  ) {}

  /** Compiles a graph; the outputs in `stays` stay under the names that it gives to them. */
  static async compile(
    outputs: Readonly<Record<string, Tensor>>,
    stays: ReadonlyMap<string, string>,
    options: Omit<SessionOptions, "provider">,
  ): Promise<ResidentProgram> {
    const model = exportOnnx(forWebGpu(outputs));
    const session = await resident!.sessionOf(model, { ...options, provider: "webgpu" }, [
      ...stays.keys(),
    ]);
    return new ResidentProgram(session, stays, largestOf(Object.values(outputs)));
  }

  /** Runs on values of this process's memory and on those of the device, which stay valid. */
  async run(feeds: Values, held: Held): Promise<ResidentResult> {
    const fed = Object.entries(feeds).map(([name, value]) => [name, resident!.tensorOf(value)]);
    const all = { ...held.tensors, ...Object.fromEntries(fed) };
    const found = await this.session.run(all).catch((error) => {
      throw deviceFailure(error, "webgpu", this.largest);
    });
    const values: Record<string, Value> = {};
    const kept: Record<string, ort.Tensor> = {};
    for (const [name, tensor] of Object.entries(found)) {
      const own = this.stays.get(name);
      if (own === undefined) values[name] = resident!.valueOf(tensor);
      else kept[own] = tensor;
    }
    return { values, held: new Held(kept) };
  }

  /** Gives the runtime's memory back, when nothing is held any more of what it made. */
  async release(): Promise<void> {
    await this.session.release();
  }
}

/** Values that were copied to the device. */
export class Upload {
  private constructor(readonly held: Held, private readonly program: ResidentProgram | null) {}

  /** Copies values to the device. */
  static async of(values: Values, threads: number): Promise<Upload> {
    const names = Object.keys(values);
    if (names.length === 0) return new Upload(new Held({}), null);
    const stays = new Map(names.map((name) => [COPY + name, name]));
    const program = await ResidentProgram.compile(copies(values), stays, { threads });
    const { held } = await program.run(values, new Held({}));
    return new Upload(held, program);
  }

  /** Gives the runtime's memory back, when nothing is held any more of what was copied. */
  async release(): Promise<void> {
    await this.program?.release();
  }
}

/**
 * What copies values of the same names and shapes from the device. A small program does it, since ONNX Runtime
 * 1.30 ends the process where a tensor on the device is asked for its data.
 */
export class Download {
  private constructor(private readonly program: ResidentProgram) {}

  /** Compiles it for what is held; without any values there is nothing to compile. */
  static async compile({ tensors }: Held, threads: number): Promise<Download> {
    const like = Object.entries(tensors).map(([name, { dims }]) =>
      [name, { shape: dims }] as const
    );
    const outputs = copies(Object.fromEntries(like));
    return new Download(await ResidentProgram.compile(outputs, new Map(), { threads }));
  }

  /** The values in the order of their names. */
  async run(held: Held): Promise<Values> {
    const { values } = await this.program.run({}, held);
    return Object.fromEntries(held.names.map((name) => [name, values[COPY + name]!]));
  }

  /** Gives the runtime's memory back. */
  async release(): Promise<void> {
    await this.program.release();
  }
}

const COPY = "copy/";

/** A graph that gives each of its inputs. */
function copies(like: Readonly<Record<string, Pick<Value, "shape">>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(like).map(([name, { shape }]) => [COPY + name, input(name, shape)]),
  );
}
