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

/** What the classes of an agreement map mean, with their colours. */
export const agreementKey = {
  classes: ["only A is right", "only B is right", "both are wrong"],
  palette: [[27, 108, 168], [209, 83, 31], [40, 40, 40]] as readonly Colour[],
} as const;

/**
 * Where two predictions a and b for the same labels, all [h, w], differ in being right: 0 where only
 * a is, 1 where only b is, 2 where both are wrong; 255 where both are right or nothing is labelled.
 */
export function agreementMap(labels: LabelMap, a: LabelMap, b: LabelMap): LabelMap {
  const { width, height } = labels;
  for (const map of [a, b]) {
    if (map.width === width && map.height === height) continue;
    throw new RangeError(
      `Cannot compare predictions: they need their labels' size ${width}×${height}, got ` +
        `${map.width}×${map.height}`,
    );
  }
  const data = labels.data.map((label, i) => {
    const [first, second] = [a.data[i] === label, b.data[i] === label];
    if (label === IGNORE || first && second) return IGNORE;
    return first ? 0 : second ? 1 : 2;
  });
  return { width, height, data };
}

/** An image [h, w, 3] in grey and close to white, so that colours over it are told apart. */
export function faded({ width, height, data }: Image): Image {
  const pale = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const grey = (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
    pale.fill(Math.round(170 + grey / 3), i, i + 3);
  }
  return { width, height, data: pale };
}
