import { type Colour, IGNORE, type Image, type LabelMap } from "../images/image.ts";

/**
 * An image [h, w, 3] with the classes of a label map [h, w] outlined in their colours, and with what is
 * ignored struck through in black.
 */
export function outlined(image: Image, labels: LabelMap, palette: readonly Colour[]): Image {
  const { width, height } = labels;
  const data = image.data.slice();
  const at = (x: number, y: number) =>
    labels
      .data[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const label = at(x, y);
      const isEdge = [at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)]
        .some((other) => other !== label);
      const isStruck = label === IGNORE && (x + y) % 8 < 2;
      if (label === IGNORE ? !isStruck : !isEdge) continue;
      data.set(label === IGNORE ? [0, 0, 0] : palette[label]!, 3 * (y * width + x));
    }
  }
  return { width, height, data };
}
