import process from "node:process";
import cliProgress from "cli-progress";
import { PacedLines } from "../paced_lines.ts";

/** What a progress display counts, and where it writes. */
export interface ProgressOptions {
  /** What is going on, for example the run's name. */
  readonly title: string;
  /** How many steps (or images) there are. */
  readonly total: number;
  /** How many were done before, by a run that goes on. */
  readonly done?: number;
  /** Images per counted step: the batch size in training, 1 where images are counted. */
  readonly images: number;
  /** Seconds between two lines where there is no terminal. */
  readonly interval?: number;
  /** Where to write; a terminal gets a bar, anything else plain lines. */
  readonly output?: Output;
  /** The time in milliseconds. */
  readonly clock?: () => number;
}

/** What a progress display writes to: Node's `process.stderr` is one. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A progress display that runs. */
export interface Progress {
  /** Says how many steps are done and shows values by name, for example `{ loss: 1.83, lr: 1e-3 }`. */
  update(done: number, values?: Readonly<Record<string, number>>): void;
  /** Writes a line of its own. */
  say(line: string): void;
  /** Ends the display; it may be called twice. */
  stop(): void;
}

/**
 * Shows progress with values, images per second and the time left: a bar where standard error is a
 * terminal, otherwise a line every 30 seconds and one at the end.
 */
export function progress(options: ProgressOptions): Progress {
  const { output = process.stderr, done = 0, clock = () => performance.now() } = options;
  const started = clock();
  const text = (now: number, values: Readonly<Record<string, number>>) => {
    const rate = (now - done) / Math.max(1e-3, (clock() - started) / 1000);
    const left = now > done ? duration((options.total - now) / rate) : "?";
    const named = Object.entries(values).map(([name, value]) => `${name} ${short(value)}`);
    return [...named, `${short(rate * options.images)} images/s`, `${left} left`].join(" · ");
  };
  return output.isTTY ? bar(options, output, done, text) : lines(options, output, clock, text);
}

type Text = (now: number, values: Readonly<Record<string, number>>) => string;

function bar(
  { title, total }: ProgressOptions,
  output: Output,
  done: number,
  text: Text,
): Progress {
  const display = new cliProgress.SingleBar({
    format: "{title} {bar} {value}/{total} · {text}",
    stream: output,
    barsize: 20,
    hideCursor: true,
    stopOnComplete: false,
  }, cliProgress.Presets.shades_classic);
  display.start(total, done, { title, text: "" });
  return {
    update: (now, values = {}) => display.update(now, { text: text(now, values) }),
    say: (line) => void output.write(`\n${line}\n`),
    stop: () => display.stop(),
  };
}

function lines(
  { title, total, interval = 30 }: ProgressOptions,
  output: Output,
  clock: () => number,
  text: Text,
): Progress {
  const paced = new PacedLines(output, 1000 * interval, clock);
  return {
    update: (now, values = {}) =>
      paced.update(`${title} ${now}/${total} · ${text(now, values)}\n`, now >= total),
    say: (line) => void output.write(`${line}\n`),
    stop: () => paced.flush(),
  };
}

/** A number in three significant digits, without an exponent where it is readable so. */
function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  if (Math.abs(value) < 1e-2) return value.toExponential(1);
  return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
