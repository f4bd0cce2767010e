import cliProgress from "cli-progress";
import { PacedLines } from "../paced_lines.ts";
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

/** Shows the file under way, how much of all is there, and in time the speed and the time left. */
export function byteProgress(options: ByteProgressOptions = {}): ByteProgress {
  const { output = process.stderr, interval = 10, clock = () => performance.now() } = options;
  const show = output.isTTY ? bar(output) : lines(output, 1000 * interval, clock);
  let first: { readonly time: number; readonly fetched: number } | undefined;
  return {
    update: (progress) => {
      const { done, total, fetched } = progress;
      if (fetched === 0) return;
      first ??= { time: clock(), fetched };
      const seconds = (clock() - first.time) / 1000;
      const amount = `${byteSize(done)} of ${byteSize(total)}`;
      show.update(progress, amount + speed(fetched - first.fetched, seconds, total - done));
    },
    stop: () => show.stop(),
  };
}

/** Nothing within the first second, whose few bytes tell nothing. */
function speed(fetched: number, seconds: number, missing: number): string {
  if (fetched === 0 || seconds < 1) return "";
  const rate = fetched / seconds;
  const left = Math.ceil(missing / rate);
  const time = left < 100 ? `${left} s` : `${Math.ceil(left / 60)} min`;
  return ` · ${byteSize(rate)}/s · ${time} left`;
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
  const paced = new PacedLines(output, interval, clock);
  return {
    update: ({ name, done, total }, text) => paced.update(`${name} · ${text}\n`, done >= total),
    stop: () => paced.flush(),
  };
}
