import { readFile, writeFile } from "node:fs/promises";
import type { Outcome } from "./target.ts";
import { targets } from "./targets.ts";

/** What a file did to the process that read it. */
export interface Watched {
  readonly outcome: Outcome;
  /** The processor's time that the process took. */
  readonly seconds: number;
  /** The most memory that the process held meanwhile, in MiB. */
  readonly peak: number;
}

/** A process that reads files of a target, watched from outside. */
export class Reader implements AsyncDisposable {
  #child: Deno.ChildProcess;
  #lines: AsyncIterator<string>;
  #errors: Promise<string>;

  private constructor(readonly target: string, readonly seconds: number) {
    const script = new URL("./worker.ts", import.meta.url).pathname;
    const rights = targets[target]?.permissions ?? [];
    this.#child = new Deno.Command(Deno.execPath(), {
      // No right to write, to run or to reach a network.
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-read",
        "--allow-env",
        ...rights,
        script,
        target,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = linesOf(this.#child.stdout);
    this.#errors = new Response(this.#child.stderr).text();
  }

  /** Starts a process; a file is waited for `seconds` at most. */
  static async start(target: string, seconds: number): Promise<Reader> {
    const reader = new Reader(target, seconds);
    const { done } = await reader.#lines.next();
    if (done) throw new Error(await reader.#errors);
    return reader;
  }

  /** What becomes of a file; afterwards the process may be gone, and then another is needed. */
  async read(path: string): Promise<Watched> {
    const pid = this.#child.pid;
    await writeFile(`/proc/${pid}/clear_refs`, "5"); // Linux: forgets the most memory so far
    const start = await processorSeconds(pid);
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${path}\n`));
    writer.releaseLock();
    const outcome = await this.#outcome();
    const seconds = await processorSeconds(pid) - start;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    return { outcome, seconds, peak: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 };
  }

  async #outcome(): Promise<Outcome> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), this.seconds * 1000);
    });
    const line = await Promise.race([this.#lines.next(), late]);
    clearTimeout(timer);
    if (line === "late") return { fault: `not read in ${this.seconds} seconds` };
    return line.done ? { fault: `ended: ${await this.#errors}` } : JSON.parse(line.value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#child.stdin.abort().catch(() => {});
    await this.#errors;
  }
}

/** What a process took of the processor so far; other processes of the machine do not count. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14).map(Number);
  return ((user ?? 0) + (system ?? 0)) / 100; // Linux counts in hundredths
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
