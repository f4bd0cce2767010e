import { join } from "node:path";

/** What training that was stopped goes on from, in a run's folder. */
export function checkpointPath(folder: string): string {
  return join(folder, "checkpoint.safetensors");
}
