import { type Colour, IGNORE, type Image, type LabelMap } from "../images/image.ts";

/**
 * Lays the colours of a label map [h, w] over an image [h, w, 3]: at opacity 1 the colours alone, at
 * 0 the image alone. Gives a new image.
 */
export function overlay(
  image: Image,
  labels: LabelMap,
  palette: readonly Colour[],
  opacity = 0.5,
): Image {
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
    if (index === IGNORE) continue;
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

/** The classes that occur in label maps, in rising order. */
export function classesIn(maps: readonly LabelMap[]): number[] {
  const seen = new Set<number>();
  for (const { data } of maps) for (const index of data) seen.add(index);
  seen.delete(IGNORE);
  return [...seen].sort((a, b) => a - b);
}
