/** From below the least to above the greatest value, at least a factor of 4 apart. */
export function logDomain(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const factor = Math.max(1.4, 2 / Math.sqrt(high / low));
  return [low / factor, high * factor];
}

/** The numbers 1, 2, 5, 10, 20 … within a domain. */
export function ticksOf([low, high]: readonly [number, number]): number[] {
  const decades = Array.from({ length: 13 }, (_, index) => 10 ** (index - 6));
  return decades.flatMap((decade) => [decade, 2 * decade, 5 * decade])
    .filter((tick) => tick >= low && tick <= high);
}
