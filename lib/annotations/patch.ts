/** Width and height in pixels. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** The pixels of a region within a box of an image: `bits` is [height, width], 1 where it is covered. */
export interface Patch extends Extent {
  readonly left: number;
  readonly top: number;
  readonly bits: Uint8Array;
}

/** A patch without pixels. */
export const NOTHING: Patch = { left: 0, top: 0, width: 0, height: 0, bits: new Uint8Array() };

/** How many pixels a patch covers. */
export function areaOf({ bits }: Patch): number {
  let area = 0;
  for (let i = 0; i < bits.length; i++) area += bits[i]!;
  return area;
}

/** Gives the pixels of a patch a number in a map [height, width]; what lies outside of it is cut off. */
export function paint(
  { left, top, width, height, bits }: Patch,
  label: number,
  map: Extent & { readonly data: Uint8Array | Int32Array },
): void {
  for (let y = Math.max(0, -top); y < height && top + y < map.height; y++) {
    const row = (top + y) * map.width + left;
    for (let x = Math.max(0, -left); x < width && left + x < map.width; x++) {
      if (bits[y * width + x]) map.data[row + x] = label;
    }
  }
}

/** The pixels that any of the patches covers. */
export function union(patches: readonly Patch[]): Patch {
  const some = patches.filter(({ bits }) => bits.length > 0);
  if (some.length <= 1) return some[0] ?? NOTHING;
  const left = Math.min(...some.map((patch) => patch.left));
  const top = Math.min(...some.map((patch) => patch.top));
  const width = Math.max(...some.map((patch) => patch.left + patch.width)) - left;
  const height = Math.max(...some.map((patch) => patch.top + patch.height)) - top;
  const data = new Uint8Array(width * height);
  for (const patch of some) {
    paint({ ...patch, left: patch.left - left, top: patch.top - top }, 1, { width, height, data });
  }
  return { left, top, width, height, bits: data };
}
