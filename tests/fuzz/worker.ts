/**
 * Reads files whose paths come line by line on standard input, and writes what became of each as a
 * line of JSON. Run with the right to read alone: whatever a file says, it can write and run nothing.
 */
import { outcomeOf } from "./target.ts";
import { targets } from "./targets.ts";

const target = await targets[Deno.args[0]!]!.make();

const encoder = new TextEncoder();
let rest = "";
console.log(JSON.stringify("ready"));
for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + piece).split("\n");
  rest = lines.pop()!;
  for (const path of lines) {
    const outcome = await outcomeOf(target, path);
    Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(outcome)}\n`));
  }
}
