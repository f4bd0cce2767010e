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

/** The least and the greatest value with room of a share of their distance on both sides. */
export function extent(values: readonly number[], share: number): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || 1) * share;
  return [low - room, high + room];
}

/** Domains such that a unit of x is as long as a unit of y, and the inner height that this takes. */
export function equalScales(
  points: readonly { readonly x: number; readonly y: number }[],
  width: number,
) {
  const x = extent(points.map((point) => point.x), 0.1);
  const y = extent(points.map((point) => point.y), 0.1);
  const height = width * (y[1] - y[0]) / (x[1] - x[0]);
  const inner = Math.min(900, Math.max(320, height));
  // A figure that would be too flat or too high keeps its scales equal by a wider domain.
  const widen = ([low, high]: readonly number[], factor: number): [number, number] => {
    const [middle, half] = [(low! + high!) / 2, (high! - low!) / 2];
    return [middle - half * factor, middle + half * factor];
  };
  return {
    inner,
    x: widen(x, Math.max(1, height / inner)),
    y: widen(y, Math.max(1, inner / height)),
  };
}
