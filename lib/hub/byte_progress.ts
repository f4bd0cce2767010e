import cliProgress from "cli-progress";
import process from "node:process";
import { byteSize } from "./byte_size.ts";
import type { DownloadProgress } from "./download.ts";

/** Where a progress display writes, and by which clock. */
export interface ByteProgressOptions {
  /** A terminal gets a bar, anything else plain lines: Node's `process.stderr` is one. */
  readonly output?: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Seconds between two lines where there is no terminal. */
  readonly interval?: number;
  /** The time in milliseconds. */
  readonly clock?: () => number;
}

/** A display of a download's progress. */
export interface ByteProgress {
  /** Shows how far the download is; nothing while no byte comes over the network. */
  update(progress: DownloadProgress): void;
  /** Ends the display; it may be called twice. */
  stop(): void;
}

/** Shows the file under way, how much of all is there, the speed and the time left. */
export function byteProgress(options: ByteProgressOptions = {}): ByteProgress {
  const { output = process.stderr, interval = 10, clock = () => performance.now() } = options;
  const started = clock();
  const show = output.isTTY ? bar(output) : lines(output, 1000 * interval, clock);
  return {
    update: (progress) => {
      if (progress.fetched === 0) return;
      const { done, total, fetched } = progress;
      const rate = fetched / Math.max(1e-3, (clock() - started) / 1000);
      const left = Math.ceil((total - done) / rate);
      const time = left < 100 ? `${left} s` : `${Math.ceil(left / 60)} min`;
      show.update(
        progress,
        `${byteSize(done)} of ${byteSize(total)} · ${byteSize(rate)}/s · ${time} left`,
      );
    },
    stop: () => show.stop(),
  };
}

interface Display {
  update(progress: DownloadProgress, text: string): void;
  stop(): void;
}

function bar(output: NonNullable<ByteProgressOptions["output"]>): Display {
  const display = new cliProgress.SingleBar({
    format: "{name} {bar} {text}",
    stream: output,
    barsize: 20,
    hideCursor: true,
    stopOnComplete: false,
  }, cliProgress.Presets.shades_classic);
  return {
    update: ({ name, done, total }, text) => {
      if (display.isActive) display.update(done, { name, text });
      else display.start(total, done, { name, text });
    },
    stop: () => display.stop(),
  };
}

function lines(
  output: NonNullable<ByteProgressOptions["output"]>,
  interval: number,
  clock: () => number,
): Display {
  let last = clock();
  let waiting: string | undefined;
  const write = () => {
    if (waiting !== undefined) output.write(waiting);
    [last, waiting] = [clock(), undefined];
  };
  return {
    update: ({ name, done, total }, text) => {
      waiting = `${name} · ${text}\n`;
      if (done >= total || clock() - last >= interval) write();
    },
    stop: write,
  };
}
