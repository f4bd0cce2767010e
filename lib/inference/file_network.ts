import type { NDArray } from "../array.ts";
import type { NetworkFile } from "../families/network_file.ts";
import type { Size } from "../images/image.ts";
import { openEncoded } from "../runtime/here.ts";
import { precisionWords } from "../runtime/program.ts";
import type { Session } from "../runtime/platform.ts";
import { value } from "../runtime/value.ts";
import type { ScoreLayout, ScoreNetworkOptions } from "./score_network.ts";

/** A network in a file, which gives the scores of windows of its own size as it was exported. */
export class FileNetwork {
  /** How long the network has run so far. */
  seconds = 0;
  private session: Promise<Session> | null = null;

  constructor(
    private readonly file: NetworkFile,
    private readonly options: ScoreNetworkOptions,
  ) {
    const { precision = "single", provider = "cpu" } = options;
    if (precision !== "single" || provider !== "cpu") {
      throw new RangeError(
        `Cannot compute ${file.path} ${
          precision !== "single" ? `in ${precisionWords[precision]}` : `on ${provider}`
        }: a checkpoint ` +
          `needed, got an exported file, which runs as it is, on the processor`,
      );
    }
  }

  /** How the scores of windows lie; of another size than the file's it is a RangeError. */
  // deno-lint-ignore require-await
  async layout(window: Size): Promise<ScoreLayout> {
    const { path, window: own, channels, cells, covered } = this.file;
    if (window.join() !== own.join()) {
      throw new RangeError(
        `Cannot run ${path} on ${window.join("×")} pixels: the ${
          own.join("×")
        } that it was exported ` +
          `for needed; leave window and scales as they are, export it for other sides, or use the checkpoint`,
      );
    }
    return { cells, covered, classes: channels };
  }

  /** Writes the scores [rows, columns, classes] of a normalised window [channels, h, w]. */
  async run({ shape, data }: NDArray, scores: Float32Array): Promise<void> {
    const { input, output, channels, cells: [rows, columns] } = this.file;
    this.session ??= this.open();
    const session = await this.session;
    const started = performance.now();
    const found = await session.run({ [input]: value(data, [1, ...shape]) }, [output]);
    const planes = found[output]!.data as Float32Array;
    const cells = rows * columns;
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < cells; i++) scores[i * channels + c] = planes[c * cells + i]!;
    }
    this.seconds += (performance.now() - started) / 1000;
  }

  /** Gives the runtime's memory back; what comes later opens the file anew. */
  async release(): Promise<void> {
    const { session } = this;
    this.session = null;
    await (await session)?.release();
  }

  private async open(): Promise<Session> {
    const { bytes, beside } = await this.file.read();
    try {
      const { threads } = this.options;
      return await openEncoded(bytes, beside, { provider: "cpu", threads, sleeping: true });
    } catch (error) {
      throw new TypeError(
        `Cannot run ${this.file.path}: a whole file needed, with its .data beside it where it has one, ` +
          `got ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}
