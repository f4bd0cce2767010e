/**
 * Waits until what else is due has had its turn: of a timer that waits for nothing, or in a browser, which
 * has none, of the next millisecond.
 */
export function nextTurn(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (then: () => void) => unknown };
  return new Promise((resolve) => setImmediate ? setImmediate(resolve) : setTimeout(resolve, 0));
}
