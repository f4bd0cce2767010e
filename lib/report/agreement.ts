import { type Colour, IGNORE, type Image, type LabelMap } from "../images/image.ts";

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
