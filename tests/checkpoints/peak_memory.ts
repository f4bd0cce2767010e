/** Reads a checkpoint and prints the most memory that the process held, in bytes (Linux). */
import { readTensors } from "../../lib/checkpoints/read.ts";

await readTensors(Deno.args[0]!);
const peak = /VmHWM:\s+(\d+) kB/.exec(await Deno.readTextFile("/proc/self/status"));
console.log(Number(peak![1]) * 1024);
