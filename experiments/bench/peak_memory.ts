import { readFileSync } from "node:fs";
import process from "node:process";

/** The largest resident memory of this process so far in MiB, where the system tells. */
export function peakMiB(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(status.match(/VmHWM:\s+(\d+)/)![1]) / 1024;
  } catch {
    return process.memoryUsage().rss / 2 ** 20;
  }
}
