import process from "node:process";
import cliProgress from "cli-progress";
import { byteSize, oneLine, printable } from "../words.ts";
import type { Progress } from "../progress.ts";

/** Where a display writes, and by which clock. */
export interface DisplayOptions {
  /** A terminal gets a bar, anything else plain lines. */
  readonly output?: Output;
  /** Seconds between two lines where there is no terminal; 30 if not given, and 10 for bytes. */
  readonly interval?: number;
  /** The time in milliseconds. */
  readonly clock?: () => number;
}

/** What a display writes to: Node's `process.stderr` is one. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A display of one piece of work after the other; each is over when all of it is done. */
export interface ProgressDisplay {
  /** Shows how far the work is; nothing while all that is done was there before. */
  show(progress: Progress): void;
  /** Writes a line of its own. */
  say(line: string): void;
  /** Ends the work under way, where that has not come to its end; it may be called twice. */
  stop(): void;
}

/**
 * Shows progress with its values, the speed and the time left: a bar where standard error is a
 * terminal, otherwise a line from time to time and one at the end.
 */
export function progressDisplay(options: DisplayOptions = {}): ProgressDisplay {
  const { output = process.stderr, interval, clock = () => performance.now() } = options;
  const drawn = output.isTTY ? bar(output) : lines(output, clock, interval);
  let first: Mark | undefined;
  const stop = () => {
    drawn.stop();
    first = undefined;
  };
  return {
    show: (progress) => {
      const { done, total, before } = progress;
      if (done === before) return;
      const now = { seconds: clock() / 1000, own: done - (before ?? 0) };
      first ??= now;
      const title = oneLine(progress.title);
      drawn.draw({ ...progress, title }, textOf(progress, first, now));
      if (done >= total) stop();
    },
    say: (line) => drawn.say(printable(line)),
    stop,
  };
}

/** A time, and what this process has done by then. */
interface Mark {
  readonly seconds: number;
  readonly own: number;
}

/** `50/100 · loss 1.83 · 8.00 images/s · 50 s left`; without speed while there is none to tell. */
function textOf(progress: Progress, first: Mark, now: Mark): string {
  const { done, total, unit, images = 1, values = {} } = progress;
  const isByte = unit === "byte";
  const seconds = now.seconds - first.seconds;
  const rate = (now.own - first.own) / seconds;
  // The few bytes of the first second tell nothing.
  const known = now.own > first.own && (isByte ? seconds >= 1 : seconds > 0);
  const speed = isByte ? `${byteSize(rate)}/s` : `${short(rate * images)} images/s`;
  return [
    isByte ? `${byteSize(done)} of ${byteSize(total)}` : `${done}/${total}`,
    ...Object.entries(values).map(([name, value]) => `${name} ${short(value)}`),
    ...known ? [speed, `${duration((total - done) / rate)} left`] : [],
  ].join(" · ");
}

interface Drawn {
  draw(progress: Progress, text: string): void;
  say(line: string): void;
  stop(): void;
}

function bar(output: Output): Drawn {
  const display = new cliProgress.SingleBar({
    format: "{title} {bar} {text}",
    stream: output,
    barsize: 20,
    hideCursor: true,
    stopOnComplete: false,
  }, cliProgress.Presets.shades_classic);
  return {
    draw: ({ title, done, total }, text) => {
      if (display.isActive) display.update(done, { title, text });
      else display.start(total, done, { title, text });
    },
    say: (line) => void output.write(display.isActive ? `\n${line}\n` : `${line}\n`),
    stop: () => display.stop(),
  };
}

/** A line is written when it is due or the last; another waits, until the next replaces it. */
function lines(output: Output, clock: () => number, interval: number | undefined): Drawn {
  let last: number | undefined;
  let waiting: string | undefined;
  const write = () => {
    if (waiting !== undefined) output.write(waiting);
    [last, waiting] = [clock(), undefined];
  };
  return {
    draw: ({ title, done, total, unit }, text) => {
      const begins = last === undefined;
      last ??= clock();
      if (begins && done < total) return;
      waiting = `${title}${unit === "byte" ? " ·" : ""} ${text}\n`;
      const every = 1000 * (interval ?? (unit === "byte" ? 10 : 30));
      if (done >= total || clock() - last >= every) write();
    },
    say: (line) => void output.write(`${line}\n`),
    stop: () => {
      write();
      last = undefined;
    },
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
