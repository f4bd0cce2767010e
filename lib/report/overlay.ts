/** Pixels [height, width, 3], bytes of red, green and blue. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A class for each pixel [height, width]; 255 where there is none. */
export interface ClassMap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Red, green and blue between 0 and 255. */
export type Rgb = readonly [number, number, number];

/** The value of a pixel without a class: it shows the image. */
export const UNLABELLED = 255;

/**
 * Lays the colours of a class map [h, w] over an image [h, w, 3]: at opacity 1 the colours alone, at
 * 0 the image alone. Gives a new image.
 */
export function overlay(
  image: RgbImage,
  labels: ClassMap,
  palette: readonly Rgb[],
  opacity = 0.5,
): RgbImage {
  const { width, height } = image;
  if (labels.width !== width || labels.height !== height) {
    throw new RangeError(
      `Cannot lay labels over an image: they need to be ${width}×${height} as it is, got ` +
        `${labels.width}×${labels.height}`,
    );
  }
  const data = image.data.slice();
  for (let pixel = 0; pixel < width * height; pixel++) {
    const index = labels.data[pixel]!;
    if (index === UNLABELLED) continue;
    const colour = palette[index];
    if (colour === undefined) {
      throw new RangeError(
        `Cannot lay labels over an image: the palette needs a colour for class ${index}, got ` +
          `${palette.length} colours`,
      );
    }
    for (let channel = 0; channel < 3; channel++) {
      const at = 3 * pixel + channel;
      data[at] = Math.round(data[at]! * (1 - opacity) + colour[channel]! * opacity);
    }
  }
  return { width, height, data };
}

/** The classes that occur in class maps, in rising order. */
export function classesIn(maps: readonly ClassMap[]): number[] {
  const seen = new Set<number>();
  for (const { data } of maps) for (const index of data) seen.add(index);
  seen.delete(UNLABELLED);
  return [...seen].sort((a, b) => a - b);
}
