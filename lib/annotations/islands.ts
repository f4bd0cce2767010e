import type { LabelMap } from "../images/image.ts";
import { componentsOf } from "./components.ts";

/**
 * A label map without regions of fewer than so many pixels: each takes the label that most of the pixels'
 * sides around it have, the smallest first, until none is left or the map is of one label.
 */
export function withoutIslands(labels: LabelMap, least: number): LabelMap {
  const { width, height } = labels;
  const data = labels.data.slice();
  for (;;) {
    const { components, areas } = componentsOf({ width, height, data });
    if (areas.length < 2 || areas.every((area) => area >= least)) return { width, height, data };
    const pixels = new Map<number, number[]>();
    components.forEach((index, pixel) => {
      if (areas[index]! >= least) return;
      const found = pixels.get(index);
      if (found) found.push(pixel);
      else pixels.set(index, [pixel]);
    });
    const smallest = [...pixels].sort(([a], [b]) => areas[a]! - areas[b]!);
    const changed = new Set<number>();
    for (const [index, island] of smallest) {
      const around = neighbours(island, index, components, width);
      // An island whose neighbour has just changed waits for the next turn: both would swap labels.
      if (around.some((pixel) => changed.has(components[pixel]!))) continue;
      changed.add(index);
      const label = mostFrequent(around.map((pixel) => data[pixel]!));
      for (const pixel of island) data[pixel] = label;
    }
  }
}

/** The pixels of other components at the sides of an island's, one for each side. */
function neighbours(
  island: readonly number[],
  index: number,
  components: Int32Array,
  width: number,
): number[] {
  return island.flatMap((pixel) => {
    const x = pixel % width;
    const beside = [pixel - width, pixel + width];
    if (x > 0) beside.push(pixel - 1);
    if (x < width - 1) beside.push(pixel + 1);
    return beside.filter((other) => (components[other] ?? index) !== index);
  });
}

function mostFrequent(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].reduce((most, one) => one[1] > most[1] ? one : most)[0];
}
