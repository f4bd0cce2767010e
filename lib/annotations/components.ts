import type { LabelMap } from "../images/image.ts";

/** The connected components of a label map: pixels of one label that touch with their sides. */
export interface Components {
  /** The index of each pixel's component [height, width], in the order of their first pixels. */
  readonly components: Int32Array;
  /** Pixels by component. */
  readonly areas: readonly number[];
  /** The first pixel of each component, row by row. */
  readonly first: readonly number[];
}

/** Finds the connected components of a label map. */
export function componentsOf({ width, height, data }: LabelMap): Components {
  const components = new Int32Array(width * height).fill(-1);
  const areas: number[] = [];
  const first: number[] = [];
  const open = new Int32Array(width * height); // each pixel is opened once
  for (let start = 0; start < data.length; start++) {
    if (components[start]! >= 0) continue;
    const index = areas.length;
    const label = data[start]!;
    first.push(start);
    let count = 0;
    const take = (pixel: number) => {
      if (components[pixel]! >= 0 || data[pixel] !== label) return;
      components[pixel] = index;
      open[count++] = pixel;
    };
    take(start);
    for (let i = 0; i < count; i++) {
      const pixel = open[i]!;
      const x = pixel % width;
      if (x > 0) take(pixel - 1);
      if (x < width - 1) take(pixel + 1);
      if (pixel >= width) take(pixel - width);
      if (pixel < data.length - width) take(pixel + width);
    }
    areas.push(count);
  }
  return { components, areas, first };
}
