/** The sides of a volume in voxels: slices, rows, columns. One slice is a picture. */
export type VolumeShape = readonly [depth: number, height: number, width: number];

/**
 * The squared Euclidean distance of each voxel [depth, height, width] to the nearest one of `sites`, in
 * voxels; Infinity everywhere where there is none. Exact: along one axis after the other the lower
 * envelope of parabolas (Felzenszwalb and Huttenlocher 2012).
 */
export function squaredDistances(sites: Uint8Array, shape: VolumeShape): Float64Array {
  const [depth, height, width] = shape;
  const distances = Float64Array.from(sites, (site) => site ? 0 : Infinity);
  const lines: readonly (readonly [count: number, step: number])[] = [
    [width, 1],
    [height, width],
    [depth, height * width],
  ];
  for (const [count, step] of lines) {
    const envelope = new Envelope(count);
    for (let first = 0; first < distances.length; first++) {
      if (Math.floor(first / step) % count === 0) envelope.lower(distances, first, step);
    }
  }
  return distances;
}

/** Lowers a line of values f to the minimum over q of f(q) + (p - q)². */
class Envelope {
  readonly #values: Float64Array;
  /** Where the parabolas of the envelope have their lowest points, and where each begins to be lowest. */
  readonly #places: Int32Array;
  readonly #starts: Float64Array;

  constructor(count: number) {
    this.#values = new Float64Array(count);
    this.#places = new Int32Array(count);
    this.#starts = new Float64Array(count);
  }

  lower(data: Float64Array, first: number, step: number): void {
    const [values, places, starts] = [this.#values, this.#places, this.#starts];
    let last = -1;
    for (let q = 0; q < values.length; q++) {
      values[q] = data[first + q * step]!;
      if (values[q] === Infinity) continue;
      let start = -Infinity;
      for (; last >= 0; last--) {
        const p = places[last]!;
        start = (values[q]! + q * q - values[p]! - p * p) / (2 * (q - p));
        if (start > starts[last]!) break;
      }
      if (last < 0) start = -Infinity;
      places[++last] = q;
      starts[last] = start;
    }
    if (last < 0) return;
    for (let p = 0, k = 0; p < values.length; p++) {
      while (k < last && starts[k + 1]! < p) k++;
      const q = places[k]!;
      data[first + p * step] = values[q]! + (p - q) ** 2;
    }
  }
}
