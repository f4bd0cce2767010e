/** A point of a plane on which more of y is better. */
interface Point {
  readonly x: number;
  readonly percent: number;
}

/** The points that no other one beats in both ways, by rising x; of x, `best` is better. */
export function paretoFront<P extends Point>(points: readonly P[], best: "min" | "max"): P[] {
  const sign = best === "max" ? 1 : -1;
  const front: P[] = [];
  for (const point of points.toSorted((a, b) => sign * (b.x - a.x) || b.percent - a.percent)) {
    if (point.percent > (front.at(-1)?.percent ?? -Infinity)) front.push(point);
  }
  return front.toSorted((a, b) => a.x - b.x);
}
