import * as ort from "onnxruntime-node";
import { type NDArray, sizeOf } from "../array.ts";
import { exportOnnx } from "../graph/export.ts";
import type { Tensor } from "../graph/tensor.ts";
import { encodeOnnx } from "../onnx/bytes.ts";
import type { DType, TypedArray } from "../onnx/model.ts";

/** Values by name: fed to a program or fetched from it. */
export type Values = Readonly<Record<string, ort.Tensor>>;

export interface CompileOptions {
  /** Intra-op threads. Sums depend on it: it belongs to the config of every result. */
  readonly threads: number;
  /** Weights to bake in; the runtime prepares them once. */
  readonly weights?: ReadonlyMap<string, NDArray>;
  /** Writes ONNX Runtime's profile to files that begin with this. */
  readonly profile?: string;
}

/** A graph compiled by ONNX Runtime. Keep it: creating and releasing sessions leaks memory. */
export class Program {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly outputs: Readonly<Record<string, Tensor>>,
  ) {}

  static async compile(
    outputs: Readonly<Record<string, Tensor>>,
    { threads, weights, profile }: CompileOptions,
  ): Promise<Program> {
    const bytes = encodeOnnx(exportOnnx(outputs, weights));
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "all",
      // A pattern plans all memory of the second run beside what the first one took: nearly twice.
      enableMemPattern: false,
      logSeverityLevel: 3,
      ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
    });
    return new Program(session, outputs);
  }

  /** Runs the graph. Outputs land in `fetches` where it holds them, otherwise in new tensors. */
  async run(feeds: Values, fetches: Values = {}): Promise<Values> {
    const wanted = Object.fromEntries(
      Object.keys(this.outputs).map((name) => [name, fetches[name] ?? null]),
    );
    return await this.session.run(feeds, wanted);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
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
