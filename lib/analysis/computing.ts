import { availableParallelism } from "node:os";
import { type Provider, providers } from "../runtime/platform.ts";
import type { LookOptions } from "./views.ts";

/** What computes a network. */
export interface Computing {
  readonly threads: number;
  readonly provider: Provider;
}

/** The threads and the device that a use asks for; all of the processor's if it does not say. */
export function computingOf({ threads, device = "cpu" }: LookOptions): Computing {
  if (!providers.includes(device)) {
    throw new RangeError(
      `Cannot analyse: one of the devices ${providers.join(", ")} needed, got ${device}`,
    );
  }
  return { threads: threadsOf(threads), provider: device };
}

function threadsOf(threads = availableParallelism()): number {
  if (Number.isInteger(threads) && threads > 0) return threads;
  throw new RangeError(`Cannot analyse: a number of threads from 1 on needed, got ${threads}`);
}
