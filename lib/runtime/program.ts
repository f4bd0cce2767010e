import type { NDArray } from "../array.ts";
import { forWebGpu } from "../graph/for_webgpu.ts";
import { exportOnnx } from "../graph/export.ts";
import type { Tensor } from "../graph/tensor.ts";
import { halved } from "../onnx/halved.ts";
import { quantised } from "../onnx/quantised.ts";
import { deviceFailure, largestOf } from "./device_failure.ts";
import { here } from "./here.ts";
import type { Platform, Session, SessionOptions } from "./platform.ts";
import type { Values } from "./value.ts";

/** How a graph is compiled. */
export interface CompileOptions extends SessionOptions {
  /** Weights to bake in; the runtime prepares them once. */
  readonly weights?: ReadonlyMap<string, NDArray>;
  /** What products with these weights are computed in, single precision if not given. */
  readonly precision?: Precision;
}

/**
 * Single precision; weights that lie on a device in half precision, and are widened where they are used, since
 * ONNX Runtime 1.30's own products of halves sum in half precision (4,096 ones are 2,048 there); or products in 8-bit
 * integers.
 */
export type Precision = "single" | "half" | "int8";

/** Precisions in words that follow "in". */
export const precisionWords: Readonly<Record<Precision, string>> = {
  single: "single precision",
  half: "half precision",
  int8: "8-bit integers",
};

/**
 * A graph compiled by ONNX Runtime. Keep it: compiling is slow, and sessions that come and go
 * fragment memory.
 */
export class Program {
  private constructor(
    private readonly session: Session,
    private readonly names: readonly string[],
    /** What turns the runtime's errors into those of a device. */
    private readonly explain: (error: Error) => Error,
  ) {}

  /** Compiles the graph of some outputs, which keep their names. */
  static async compile(
    outputs: Readonly<Record<string, Tensor>>,
    { weights, precision = "single", ...options }: CompileOptions,
    platform: Platform = here,
  ): Promise<Program> {
    const { provider } = options;
    if (precision === "half" && provider !== "webgpu") {
      throw new RangeError(
        `Cannot compile in half precision: the provider webgpu needed, got ${provider}`,
      );
    }
    const single = exportOnnx(provider === "webgpu" ? forWebGpu(outputs) : outputs, weights);
    const model = precision === "half"
      ? halved(single, weights ?? new Map())
      : precision === "int8"
      ? quantised(single)
      : single;
    const session = await platform.open(model, options);
    const explain = (error: Error) =>
      provider === "cpu"
        ? error
        : deviceFailure(error, provider, largestOf(Object.values(outputs)));
    return new Program(session, Object.keys(outputs), explain);
  }

  /** Runs the graph and returns its outputs in new memory. */
  async run(feeds: Values): Promise<Values> {
    return await this.session.run(feeds, this.names).catch((error) => {
      throw this.explain(error);
    });
  }

  /** Runs the graph; its outputs land in the memory of `fetches`, which holds a value for each. */
  async runInto(feeds: Values, fetches: Values): Promise<void> {
    const missing = this.names.find((name) => !(name in fetches));
    if (missing !== undefined) {
      throw new TypeError(`Cannot run: memory for each output needed, got none for "${missing}"`);
    }
    await this.session.runInto(feeds, fetches).catch((error) => {
      throw this.explain(error);
    });
  }

  /** Gives the runtime's memory back; nothing runs afterwards. */
  async release(): Promise<void> {
    await this.session.release();
  }
}
