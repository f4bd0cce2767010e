/** Files that are decoded at once: decoding is off the JavaScript thread, which has four others. */
const AT_ONCE = 4;

/** Does some work for each index from 0, in order of beginning, a few at once; stops at an error. */
export async function eachInFlight(
  count: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
