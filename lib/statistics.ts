/** The middle of the values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The mean of the values that are not NaN; NaN where there is none. */
export function nanMean(values: readonly number[]): number {
  const present = values.filter((value) => !Number.isNaN(value));
  return present.reduce((sum, value) => sum + value, 0) / present.length;
}

/** The mean of values, and how far they lie apart. */
export interface Spread {
  readonly mean: number;
  /** The sample's standard deviation; null of a single value. */
  readonly deviation: number | null;
  readonly count: number;
}

/** The mean and the standard deviation (n − 1) of values. */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : null, count };
}

/** A difference of two means, and its standard error; null where there is a single value of one. */
export interface Difference {
  readonly difference: number;
  readonly error: number | null;
  /** "carried" above twice the error, "contradicted" below minus twice of it, otherwise "open". */
  readonly verdict: "carried" | "open" | "contradicted";
}

/** By how much the first values exceed the second ones on average (Welch), and what that carries. */
export function differenceOf(a: readonly number[], b: readonly number[]): Difference {
  const [first, second] = [spreadOf(a), spreadOf(b)];
  const difference = first.mean - second.mean;
  if (first.deviation === null || second.deviation === null) {
    return { difference, error: null, verdict: "open" };
  }
  const error = Math.sqrt(first.deviation ** 2 / a.length + second.deviation ** 2 / b.length);
  return { difference, error, verdict: verdictOf(difference, error) };
}

/**
 * By how much the first value of each pair exceeds the second on average. Where both come of one network,
 * what its seed gave or took is in both and cancels.
 */
export function pairedDifferenceOf(pairs: readonly (readonly [number, number])[]): Difference {
  const { mean, deviation, count } = spreadOf(pairs.map(([a, b]) => a - b));
  if (deviation === null) return { difference: mean, error: null, verdict: "open" };
  const error = deviation / Math.sqrt(count);
  return { difference: mean, error, verdict: verdictOf(mean, error) };
}

function verdictOf(difference: number, error: number): Difference["verdict"] {
  if (Math.abs(difference) <= 2 * error) return "open";
  return difference > 0 ? "carried" : "contradicted";
}
