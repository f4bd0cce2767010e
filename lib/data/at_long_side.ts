import type { LabelMap, Size } from "../images/image.ts";
import { resized } from "../images/picture.ts";
import { sizeOfLongSide } from "../images/window.ts";
import type { Dataset, Example } from "./dataset.ts";

/**
 * A data set whose images all have a longer side of `long` pixels, with their proportions: resized as
 * PIL's bilinear filter does, which antialiases, and their labels by the pixel in the middle. The data set
 * itself where `long` is null.
 */
export function atLongSide(dataset: Dataset, long: number | null): Dataset {
  if (long === null) return dataset;
  const { instances: _, ...rest } = dataset;
  return { ...rest, example: async (index) => resizedExample(await dataset.example(index), long) };
}

function resizedExample(example: Example, long: number): Example {
  const { image, labels } = example;
  const [height, width] = sizeOfLongSide([image.height, image.width], long);
  if (height === image.height && width === image.width) return example;
  return {
    ...example,
    image: resized(image, height, width),
    labels: middleLabels(labels, [height, width]),
  };
}

/** Labels of another size: each is that of the pixel in its middle, as PIL's nearest takes it. */
function middleLabels({ data, ...from }: LabelMap, [height, width]: Size): LabelMap {
  const places = (to: number, side: number) =>
    Int32Array.from({ length: to }, (_, i) => Math.floor((i + 0.5) * side / to));
  const columns = places(width, from.width);
  const middle = new Uint8Array(width * height);
  places(height, from.height).forEach((row, y) => {
    for (let x = 0; x < width; x++) middle[y * width + x] = data[row * from.width + columns[x]!]!;
  });
  return { width, height, data: middle };
}
