import type { Colour } from "./image.ts";

/** Colour i of Pascal VOC: the bits of i, three at a time, from the highest bit of each channel. */
export function vocColour(index: number): Colour {
  const channel = (offset: number) => {
    let value = 0;
    for (let bit = 0; bit < 8; bit++) value |= ((index >> (3 * bit + offset)) & 1) << (7 - bit);
    return value;
  };
  return [channel(0), channel(1), channel(2)];
}

/**
 * The classes' colours where some have none: a class called background black, another one that of
 * Pascal VOC at its place counted from 1, or the next that no class has.
 */
export function completePalette(
  classes: readonly { readonly name: string; readonly colour?: Colour | undefined }[],
): readonly Colour[] {
  const taken = new Set(classes.flatMap(({ colour }) => colour ? [String(colour)] : []));
  return classes.map(({ name, colour }, index) => {
    if (colour) return colour;
    for (let i = isBackground(name) ? 0 : index + 1;; i++) {
      const free = vocColour(i);
      if (taken.has(String(free))) continue;
      taken.add(String(free));
      return free;
    }
  });
}

/** Whether a class of this name is what no other class is. */
export function isBackground(name: string): boolean {
  return /^_*background_*$/i.test(name);
}
