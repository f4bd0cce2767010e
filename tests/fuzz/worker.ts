/**
 * Reads files of a target as lines of JSON on standard input ask for it, and writes what became of each
 * as a line. Run with the right to write into the folder alone that is its second argument: whatever a
 * file says, it can write nothing else and run nothing.
 */
import process from "node:process";
import { stream } from "../../lib/random.ts";
import { empty, outcomeOf, writeFiles } from "./target.ts";
import { targets } from "./targets.ts";
import type { Ask, Reply } from "./watched.ts";

const [name, folder] = Deno.args as [string, string];
const target = await targets[name]!.make();

const MUCH = 2 ** 29; // bytes: what was left of one file is not held against the next
const { gc } = globalThis as { gc?: () => void };

const encoder = new TextEncoder();
function say(line: unknown): void {
  Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(line)}\n`));
}

/** The processor's seconds that this process took so far. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function read(names: readonly string[]): Promise<void> {
  const start = processorSeconds();
  const outcome = await outcomeOf(target, folder, names);
  say({ outcome, seconds: processorSeconds() - start } satisfies Reply);
  empty(folder);
  if (Deno.memoryUsage().rss > MUCH) gc?.();
}

let rest = "";
say("ready");
for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + piece).split("\n");
  rest = lines.pop()!;
  for (const line of lines) {
    const ask = JSON.parse(line) as Ask;
    if ("names" in ask) await read(ask.names);
    else {
      for (let i = ask.from; i < ask.to; i++) {
        await read(writeFiles(target.make(stream(`${name}/${i}`, ask.seed)), folder));
      }
    }
  }
}
