import type { OnnxModel } from "../onnx/model.ts";
import type { Values } from "./value.ts";

/** Where operations run. What a provider has no kernel for runs on the processor. */
export type Provider = "cpu" | "webgpu" | "cuda";

/** Where operations can run, if the machine and its ONNX Runtime have it. */
export const providers: readonly Provider[] = ["cpu", "webgpu", "cuda"];

/** How a model is run. */
export interface SessionOptions {
  /** What computes. */
  readonly provider: Provider;
  /** Intra-op threads. Sums depend on it: it belongs to the config of every result. */
  readonly threads: number;
  /** Writes ONNX Runtime's profile to files that begin with this. */
  readonly profile?: string;
  /**
   * Threads that wait for work sleep in place of spinning: for programs that share the processor with
   * each other or with sharp. Spinning is faster where nothing else runs.
   */
  readonly sleeping?: boolean;
}

/** A model that is ready to run. */
export interface Session {
  /** Runs the model and returns the outputs of these names in new memory. */
  run(feeds: Values, names: readonly string[]): Promise<Values>;
  /**
   * Runs the model; afterwards all outputs are in the memory of `fetches`. Memory may be fed and
   * fetched at once where no operation reads the old value after the new one is written.
   */
  runInto(feeds: Values, fetches: Values): Promise<void>;
  release(): Promise<void>;
}

/**
 * What a program needs of the place it runs in: ONNX Runtime for Node and Deno (node.ts), later the
 * browser's. A platform takes a model as plain data (standard operators of opset 20, static shapes,
 * weights as initializers of any size) and values by the names of the model's inputs, of which it keeps
 * nothing after a run: their memory may be written again. A provider that it lacks is an error that says
 * which there are, never another one silently. Where it can neither profile nor let threads sleep it
 * leaves these options out.
 */
export interface Platform {
  open(model: OnnxModel, options: SessionOptions): Promise<Session>;
}
