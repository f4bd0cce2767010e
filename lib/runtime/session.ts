import * as ort from "onnxruntime-node";
import { type NDArray, sizeOf } from "../array.ts";
import { exportOnnx } from "../graph/export.ts";
import type { Tensor } from "../graph/tensor.ts";
import { bytesOf, encodeOnnx } from "../onnx/bytes.ts";
import type { DType, OnnxModel, TypedArray } from "../onnx/model.ts";

/** Values by name: fed to a program or fetched from it. */
export type Values = Readonly<Record<string, ort.Tensor>>;

/** How a graph is compiled. */
export interface CompileOptions {
  /** Intra-op threads. Sums depend on it: it belongs to the config of every result. */
  readonly threads: number;
  /** Weights to bake in; the runtime prepares them once. */
  readonly weights?: ReadonlyMap<string, NDArray>;
  /** Writes ONNX Runtime's profile to files that begin with this. */
  readonly profile?: string;
  /**
   * Threads that wait for work sleep in place of spinning: for programs that share the processor with
   * each other or with sharp. Spinning is faster where nothing else runs.
   */
  readonly sleeping?: boolean;
}

/**
 * A graph compiled by ONNX Runtime. Keep it: compiling is slow, and sessions that come and go
 * fragment memory.
 */
export class Program {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly names: readonly string[],
  ) {}

  static async compile(
    outputs: Readonly<Record<string, Tensor>>,
    { threads, weights, profile, sleeping = false }: CompileOptions,
  ): Promise<Program> {
    const model = withWeightsBeside(withLanding(exportOnnx(outputs, weights)));
    const beside = model.initializers.filter(({ external }) => external);
    const session = await ort.InferenceSession.create(encodeOnnx(model), {
      externalData: beside.map(({ name, data }) => ({ path: name, data: bytesOf(data) })),
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "all",
      // A pattern plans all memory of the second run beside what the first one took: nearly twice.
      enableMemPattern: false,
      logSeverityLevel: 3,
      ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
      ...(sleeping ? { extra: { session: { intra_op: { allow_spinning: "0" } } } } : {}),
    });
    return new Program(session, Object.keys(outputs));
  }

  /** Runs the graph and returns its outputs in new memory. */
  async run(feeds: Values): Promise<Values> {
    return await this.session.run(feeds, this.names);
  }

  /**
   * Runs the graph; its outputs land in the memory of `fetches`, which holds a tensor for each.
   *
   * onnxruntime-node copies every output to new memory after the run, those too that it has already
   * written where it was asked to: 20 ms of a 170 ms training step. It converts them in order and
   * stops at what it cannot convert, so the first one is an empty sequence.
   */
  async runInto(feeds: Values, fetches: Values): Promise<void> {
    const missing = this.names.find((name) => !(name in fetches));
    if (missing !== undefined) {
      throw new TypeError(`Cannot run: memory for each output needed, got none for "${missing}"`);
    }
    try {
      await this.session.run(feeds, { [LANDING]: null, ...fetches });
    } catch (error) {
      if (!(error as Error).message.includes("Non tensor type")) throw error;
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** The model with its weights outside of its bytes, which would hold them a second time. */
function withWeightsBeside(model: OnnxModel): OnnxModel {
  const initializers = model.initializers.map((tensor) =>
    tensor.data.byteLength >= 1024
      ? { ...tensor, external: { file: tensor.name, offset: 0 } }
      : tensor
  );
  return { ...model, initializers };
}

const LANDING = "seglab/landing";

/** The model with an empty sequence as its first output. */
function withLanding(model: OnnxModel): OnnxModel {
  const node = { type: "SequenceEmpty", inputs: [], outputs: [LANDING], attributes: {} };
  const output = { name: LANDING, dtype: "float32", shape: [], sequence: true } as const;
  return { ...model, nodes: [...model.nodes, node], outputs: [output, ...model.outputs] };
}

/** A value for a program, on the same memory. */
export function value(data: TypedArray, shape: readonly number[]): ort.Tensor {
  const type: DType = data instanceof Float32Array
    ? "float32"
    : data instanceof BigInt64Array
    ? "int64"
    : "uint8";
  // deno-lint-ignore no-explicit-any
  return new ort.Tensor(type, data as any, shape);
}

/** Zeros for a tensor of the graph. */
export function zerosFor({ shape }: Tensor): ort.Tensor {
  return value(new Float32Array(sizeOf(shape)), shape);
}
