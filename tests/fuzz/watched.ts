import { readFile, writeFile } from "node:fs/promises";
import { type Files, type Outcome, writeFiles } from "./target.ts";
import { targets } from "./targets.ts";

/** What a worker is asked: to make and read the files of these numbers, or to read what lies there. */
export type Ask =
  | { readonly seed: number; readonly from: number; readonly to: number }
  | { readonly names: readonly string[] };

/** What became of a file, and the processor's time that its reader took. */
export interface Reply {
  readonly outcome: Outcome;
  readonly seconds: number;
}

/** What files did to the process that read them. */
export interface Watched {
  /** One for each file; the one after the last did what `ended` says, where that is there. */
  readonly replies: readonly Reply[];
  /** The most memory that the process held meanwhile, in MiB. */
  readonly peak: number;
  /** Why the process has to be replaced. */
  readonly ended?: string;
}

/** When a process is given up. */
export interface Patience {
  /** Seconds of the processor for one file. */
  readonly busy: number;
  /** Seconds in which the process waits and does nothing. */
  readonly idle: number;
}

/** A process that reads files of a target, watched from outside; its folder is its own. */
export class Reader implements AsyncDisposable {
  #child: Deno.ChildProcess;
  #lines: AsyncIterator<string>;
  #errors: Promise<string>;

  private constructor(
    readonly target: string,
    readonly folder: string,
    readonly patience: Patience,
  ) {
    const script = new URL("./worker.ts", import.meta.url).pathname;
    const rights = targets[target]?.permissions ?? [];
    this.#child = new Deno.Command(Deno.execPath(), {
      // No right to write elsewhere, to run or to reach a network.
      args: [
        ...["run", "--quiet", "--no-prompt", "--no-check", "--v8-flags=--expose-gc"],
        ...["--allow-read", "--allow-env", `--allow-write=${folder}`, ...rights],
        ...[script, target, folder],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = linesOf(this.#child.stdout);
    this.#errors = new Response(this.#child.stderr).text();
  }

  /** The process's number. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Starts a process. */
  static async start(target: string, patience: Patience): Promise<Reader> {
    const reader = new Reader(target, await Deno.makeTempDir(), patience);
    const { done } = await reader.#lines.next();
    if (done) throw new Error(await reader.#errors);
    return reader;
  }

  /** What becomes of the files of these numbers, which the process makes itself. */
  batch(seed: number, from: number, to: number): Promise<Watched> {
    return this.#ask({ seed, from, to }, to - from);
  }

  /** What becomes of a file; the memory and the time are its reader's alone. */
  read(files: Files): Promise<Watched> {
    return this.#ask({ names: writeFiles(files, this.folder) }, 1);
  }

  async #ask(ask: Ask, count: number): Promise<Watched> {
    const pid = this.#child.pid;
    await writeFile(`/proc/${pid}/clear_refs`, "5"); // Linux: forgets the most memory so far
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${JSON.stringify(ask)}\n`)).catch(() => {});
    writer.releaseLock();
    const replies: Reply[] = [];
    let ended: string | undefined;
    while (replies.length < count && ended === undefined) {
      const reply = await this.#reply();
      if (typeof reply === "string") ended = reply;
      else replies.push(reply);
    }
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    return { replies, peak, ...ended !== undefined && { ended } };
  }

  /** The next line, or why there is none. */
  async #reply(): Promise<Reply | string> {
    const next = this.#lines.next();
    const { busy, idle } = this.patience;
    let [start, before, unmoved] = [NaN, NaN, 0];
    while (true) {
      const line = await withinSecond(next);
      if (line?.done) return `ended: ${await this.#errors}`;
      if (line) return JSON.parse(line.value);
      const now = await processorSeconds(this.#child.pid);
      if (Number.isNaN(start)) start = now; // the first second does not count
      unmoved = now > before ? 0 : unmoved + 1;
      before = now;
      if (now - start > busy) return `not read in ${busy} seconds of the processor`;
      if (unmoved > idle) return `not read: it waits, and did nothing for ${idle} seconds`;
    }
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
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A result, or undefined where it is not there in a second. */
async function withinSecond<T>(result: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), 1000);
  });
  const first = await Promise.race([result, late]);
  clearTimeout(timer);
  return first;
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
