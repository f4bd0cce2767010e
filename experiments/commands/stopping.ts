import process from "node:process";

/** What work ends with that a signal stopped, as its writer would have it. */
export class Stopped extends Error {
  override name = "Stopped";

  /** Takes the signal's name. */
  constructor(readonly signal: keyof typeof NUMBERS) {
    super(`Stopped by ${signal}`);
  }

  /** As shells have it: 128 and the signal's number. */
  get exitCode(): number {
    return 128 + NUMBERS[this.signal];
  }
}

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Does work that SIGINT and SIGTERM do not end at once: the first one aborts what the work gets, by a
 * `Stopped`, and `say` tells so; one more ends the process.
 */
export async function stoppable<T>(
  work: (stop: AbortSignal) => Promise<T>,
  say: (text: string) => void,
): Promise<T> {
  const controller = new AbortController();
  const stop = (signal: keyof typeof NUMBERS) => {
    const stopped = new Stopped(signal);
    if (controller.signal.aborted) process.exit(stopped.exitCode);
    say("Stopping after this step, with a checkpoint; once more ends it at once");
    controller.abort(stopped);
  };
  const listeners = { SIGINT: () => stop("SIGINT"), SIGTERM: () => stop("SIGTERM") };
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener);
  try {
    return await work(controller.signal);
  } finally {
    for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener);
  }
}
