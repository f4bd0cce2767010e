const MOST_IN_PAGE = 4; // each is a worker with its own memory; more gain little for small networks

/**
 * Threads that there are for a network: as many as the processor has. A browser gives a page several only
 * where it is isolated from other origins (the headers COOP and COEP), and here it takes 4 at most.
 */
export function availableThreads(): number {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  const { hardwareConcurrency } = navigator;
  if (crossOriginIsolated === undefined) return hardwareConcurrency;
  return crossOriginIsolated ? Math.min(MOST_IN_PAGE, hardwareConcurrency) : 1;
}
