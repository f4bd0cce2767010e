import type * as Ort from "onnxruntime-web";
import type { NDArray } from "../../../lib/array.ts";
import type { SiteModel } from "../page_data.ts";
import { hasGraphics } from "./graphics.ts";

/** ONNX Runtime in this browser with the page's network. */
export class BrowserNetwork {
  /** How long the network has run, and how often. */
  milliseconds = 0;
  runs = 0;

  private constructor(
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
    private readonly model: SiteModel,
    /** What computes, in words. */
    readonly where: string,
  ) {}

  /** Opens the network on the graphics processor where there is one, or else on the processor. */
  static async open(
    model: SiteModel,
    bytes: Uint8Array,
    plain: boolean,
  ): Promise<BrowserNetwork> {
    if (!plain && await hasGraphics()) {
      try {
        return await BrowserNetwork.on("webgpu", model, bytes);
      } catch { /* a device without what the network needs */ }
    }
    return await BrowserNetwork.on("wasm", model, bytes).catch((cause) => {
      throw new Error(
        `Cannot run the network: a browser with WebAssembly needed, got ${cause.message}`,
        { cause },
      );
    });
  }

  private static async on(provider: "webgpu" | "wasm", model: SiteModel, bytes: Uint8Array) {
    const folder = new URL("./onnxruntime/", globalThis.location.href).href;
    const ort: typeof Ort = await import(`${folder}ort.${provider}.bundle.min.mjs`);
    const threads = globalThis.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;
    const variant = provider === "webgpu" ? ".asyncify" : "";
    ort.env.wasm.wasmPaths = { wasm: `${folder}ort-wasm-simd-threaded${variant}.wasm` };
    ort.env.wasm.numThreads = threads;
    ort.env.logLevel = "error";
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
    });
    const network = new BrowserNetwork(
      ort,
      session,
      model,
      provider === "webgpu"
        ? "WebGPU"
        : `WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    );
    const [h, w] = model.window;
    const trial = { shape: [3, h, w], data: new Float32Array(3 * h * w) };
    await network.scores(trial); // the first run prepares the others
    network.milliseconds = network.runs = 0;
    return network;
  }

  /** How the scores of a window lie: there are windows of one size. */
  layout() {
    return Promise.resolve(this.model.layout);
  }

  /** Writes the scores [rows, columns, classes] of a normalised window [3, h, w]. */
  async run(window: NDArray, scores: Float32Array): Promise<void> {
    scores.set(await this.scores(window));
  }

  private async scores({ shape, data }: NDArray): Promise<Float32Array> {
    const images = new this.ort.Tensor("float32", data as Float32Array, [1, ...shape]);
    const started = performance.now();
    const { scores } = await this.session.run({ images });
    this.milliseconds += performance.now() - started;
    this.runs++;
    return scores!.data as Float32Array;
  }
}
