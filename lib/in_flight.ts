/**
 * The results of work on items, in the items' order, with at most `atOnce` under way: the one that is
 * waited for and those after it. An error is thrown at its item's turn. Who stops early waits for what
 * is under way.
 */
export async function* inFlight<Item, Result>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for (const item of items) {
      const result = work(item);
      result.catch(() => {}); // thrown when its turn comes
      if (underWay.push(result) === atOnce) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await Promise.allSettled(underWay);
  }
}
