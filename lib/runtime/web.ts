import type * as Ort from "onnxruntime-web";
import { encodeOnnx } from "../onnx/bytes.ts";
import type { DType, OnnxModel, TypedArray } from "../onnx/model.ts";
import { availableThreads } from "../threads.ts";
import type { Platform, Provider, Session, SessionOptions } from "./platform.ts";
import type { Value, Values } from "./value.ts";

/** A build of ONNX Runtime for browsers: its script, which imports its WebAssembly. */
interface Build {
  readonly script: string;
  readonly wasm: string;
  /** What its sessions are told to compute on. */
  readonly on: "wasm" | "webgpu";
}

/** The provider's build: that of graphics processors is twice as large, and slower on the processor. */
const builds: Readonly<Partial<Record<Provider, Build>>> = {
  cpu: {
    script: "ort.wasm.bundle.min.mjs",
    wasm: "ort-wasm-simd-threaded.wasm",
    on: "wasm",
  },
  webgpu: {
    script: "ort.webgpu.bundle.min.mjs",
    wasm: "ort-wasm-simd-threaded.asyncify.wasm",
    on: "webgpu",
  },
};

/** The files that a page needs beside its script, in a folder onnxruntime/; onnxruntime-web brings them. */
export const webRuntimeFiles: readonly string[] = Object.values(builds)
  .flatMap(({ script, wasm }) => [script, wasm]);

/** ONNX Runtime for browsers, whose files are loaded from a folder when they are needed. */
export class WebPlatform implements Platform {
  private readonly loaded = new Map<Provider, Promise<typeof Ort>>();

  constructor(private readonly folder: URL) {}

  async open(model: OnnxModel, { provider }: SessionOptions): Promise<Session> {
    const build = builds[provider];
    if (!build) {
      throw new RangeError(
        `Cannot compile: one of the providers ${
          Object.keys(builds).join(", ")
        }, which browsers have, ` +
          `needed, got "${provider}"`,
      );
    }
    if (provider === "webgpu") await requireGraphics();
    const ort = await this.runtime(provider, build);
    const options = {
      executionProviders: [build.on],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    } as const;
    const session = await ort.InferenceSession.create(encodeOnnx(model), options)
      .catch((cause) => {
        throw new Error(
          `Cannot compile for ${provider}: a browser that runs the network needed, got ` +
            (cause as Error).message,
          { cause },
        );
      });
    return new WebSession(ort, session);
  }

  /** Loads a build once; a download that failed is tried again. */
  private runtime(provider: Provider, build: Build): Promise<typeof Ort> {
    const known = this.loaded.get(provider);
    const runtime = known ?? load(this.folder, build);
    this.loaded.set(provider, runtime);
    runtime.catch(() => this.loaded.delete(provider));
    return runtime;
  }
}

async function load(folder: URL, { script, wasm }: Build): Promise<typeof Ort> {
  const ort: typeof Ort = await import(new URL(script, folder).href).catch((cause) => {
    throw notLoaded(new URL(script, folder), cause);
  });
  const file = new URL(wasm, folder);
  // Fetched here: the runtime would say of a missing file that its bytes are not WebAssembly.
  const response = await fetch(file).catch((cause) => {
    throw notLoaded(file, cause);
  });
  if (!response.ok) throw notLoaded(file, new Error(`status ${response.status}`));
  ort.env.wasm.wasmBinary = await response.arrayBuffer().catch((cause) => {
    throw notLoaded(file, cause);
  });
  ort.env.wasm.numThreads = availableThreads();
  ort.env.logLevel = "error";
  return ort;
}

function notLoaded(file: URL, cause: Error): Error {
  return new Error(
    `Cannot load ONNX Runtime: ${file.href} needed, got ${cause.message}; look at the connection and at ` +
      `what blocks downloads, then try again`,
    { cause },
  );
}

async function requireGraphics(): Promise<void> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  const found = gpu
    ? await gpu.requestAdapter().catch(() => null) ?? "no graphics processor"
    : "none";
  if (typeof found !== "string") return;
  throw new Error(`Cannot compile for webgpu: a browser with WebGPU needed, got ${found}`);
}

class WebSession implements Session {
  constructor(
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
  ) {}

  async run(feeds: Values, names: readonly string[]): Promise<Values> {
    const results = await this.session.run(this.tensorsOf(feeds), names);
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, valueOf(tensor)]),
    );
  }

  async runInto(feeds: Values, fetches: Values): Promise<void> {
    const results = await this.session.run(this.tensorsOf(feeds), Object.keys(fetches));
    for (const [name, { data }] of Object.entries(fetches)) {
      (data as Float32Array).set(results[name]!.data as Float32Array);
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private tensorsOf(values: Values): Record<string, Ort.Tensor> {
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, this.tensorOf(value)]),
    );
  }

  private tensorOf({ dtype, shape, data }: Value): Ort.Tensor {
    // deno-lint-ignore no-explicit-any -- the overloads take one type each
    return new this.ort.Tensor(dtype, data as any, shape);
  }
}

function valueOf({ type, dims, data }: Ort.Tensor): Value {
  return { dtype: type as DType, shape: dims, data: data as TypedArray };
}
