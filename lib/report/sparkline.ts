const BARS = "▁▂▃▄▅▆▇█";

/** Numbers as bars of one line of text, from the least to the greatest: `▁▅▇█`; the last 40 of more. */
export function sparkline(values: readonly number[]): string {
  const shown = values.slice(-40);
  const low = Math.min(...shown);
  const range = Math.max(...shown) - low;
  const bar = (value: number) => range === 0 ? 3 : Math.round((value - low) / range * 7);
  return shown.map((value) => BARS[bar(value)]).join("");
}
