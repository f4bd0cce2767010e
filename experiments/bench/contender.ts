import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Provider } from "../../lib/runtime/platform.ts";
import type { Case, Timing } from "./cases.ts";

/** A process that has something ready and runs it when asked. */
export interface Runner {
  /** Runs it so many times. */
  run(repeat: number): Promise<Timing>;
  close(): void;
}

/** A process that has a case ready. */
export interface Contender extends Runner {
  /** Writes the logits of the case's images to a safetensors file. */
  save(path: string): Promise<void>;
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Seglab in a process of its own. */
export function seglab(
  one: Case,
  weights: string,
  threads: number,
  device: Provider = "cpu",
): Promise<Contender> {
  const worker = here("./seglab_worker.ts");
  const values = [JSON.stringify(one), weights, `${threads}`, device];
  const args = ["run", "-A", "--no-check", worker, ...values];
  const lines = new Lines("Seglab", Deno.execPath(), args);
  return Promise.resolve({ ...runner(lines), save: async (path) => void await lines.ask(path) });
}

/** PyTorch in a process of its own, eager or compiled. */
export async function torch(
  python: string,
  { variant, mode, side, batch, classes }: Case,
  weights: string,
  threads: number,
  compile: boolean,
  device: Provider = "cpu",
): Promise<Contender> {
  const lines = new Lines("PyTorch", python, ["-B", here("./torch_reference.py")]);
  const ask = async (command: Record<string, unknown>) => {
    const reply = JSON.parse(await lines.ask(JSON.stringify({ id: "case", ...command })));
    if (reply.error) throw new Error(`PyTorch failed: ${reply.error}`);
    return reply;
  };
  const settings = { variant, mode, size: side, batch, classes, threads, weights, compile };
  const on = { ...settings, device: device === "cpu" ? "cpu" : "cuda" };
  try {
    await ask({ op: "prepare", ...on });
  } catch (error) {
    lines.close();
    throw error;
  }
  return {
    run: async (repeat) => {
      const { ms, loss, checksum, peak_rss_mb: peakMiB } = await ask({ op: "run", repeat });
      return { ms, check: loss ?? checksum, peakMiB };
    },
    save: async (path) => void await ask({ op: "save", path }),
    close: () => lines.close(),
  };
}

/** `segment` in a process of its own: all photos of a folder, from files to files. */
export function segmentCommand(
  model: string,
  photos: string,
  out: string,
  threads: number,
): Runner {
  const script = ["run", "-A", "--no-check", here("./segment_worker.ts")];
  const args = [...script, model, photos, out, `${threads}`];
  return runner(new Lines("Seglab", Deno.execPath(), args));
}

/** transformers' image-segmentation pipeline in a process of its own, on all photos of a folder. */
export function pipeline(python: string, model: string, photos: string, threads: number): Runner {
  const script = ["-B", here("./transformers_pipeline.py")];
  return runner(new Lines("transformers", python, [...script, model, photos, `${threads}`]));
}

/** A process whose lines are how often to run, and its answers timings. */
function runner(lines: Lines): Runner {
  return {
    run: async (repeat) => JSON.parse(await lines.ask(`${repeat}`)),
    close: () => lines.close(),
  };
}

/** A child process that answers each line with a line. */
class Lines {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly replies: AsyncIterator<string>;
  private readonly ended: Promise<void>;
  private errors = "";

  constructor(private readonly title: string, command: string, args: readonly string[]) {
    this.child = spawn(command, args);
    const reader: Interface = createInterface({ input: this.child.stdout });
    this.replies = reader[Symbol.asyncIterator]();
    this.child.stderr.on("data", (text) => this.errors = (this.errors + text).slice(-2000));
    this.child.stdin.on("error", () => {}); // a process that has ended says so by its output
    this.ended = new Promise((resolve) => {
      this.child.on("close", () => resolve());
      this.child.on("error", ({ message }) => {
        this.errors += message;
        resolve();
      });
    });
  }

  async ask(line: string): Promise<string> {
    this.child.stdin.write(line + "\n");
    const reply = await Promise.race([this.replies.next(), this.ended]);
    if (reply && !reply.done) return reply.value;
    await this.ended; // all that it wrote has arrived
    throw new Error(`Cannot measure ${this.title}: its process ended\n${this.errors}`);
  }

  close(): void {
    this.child.stdin.end();
    this.child.kill();
  }
}
