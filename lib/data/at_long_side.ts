import type { LabelMap, Size } from "../images/image.ts";
import { resized } from "../images/picture.ts";
import { type Objects, withPixels } from "../images/objects.ts";
import { type NumberMap, sizeOfLongSide } from "../images/window.ts";
import type { Dataset, Example } from "./dataset.ts";

/**
 * A data set whose images all have a longer side of `long` pixels, with their proportions: resized as
 * PIL's bilinear filter does, which antialiases, and their labels by the pixel in the middle. The data set
 * itself where `long` is null.
 */
export function atLongSide(dataset: Dataset, long: number | null): Dataset {
  if (long === null) return dataset;
  const { instances: _, objects, ...rest } = dataset;
  return {
    ...rest,
    example: async (index) => resizedExample(await dataset.example(index), long),
    ...objects && { objects: async (index: number) => resizedObjects(await objects(index), long) },
  };
}

function resizedObjects(objects: Objects, long: number): Objects {
  const { data, segments, ...from } = objects;
  const [height, width] = sizeOfLongSide([from.height, from.width], long);
  if (height === from.height && width === from.width) return objects;
  const ids = new Int32Array(width * height);
  takeMiddles({ ...from, data }, [height, width], ids);
  return withPixels({ width, height, data: ids, segments });
}

function resizedExample(example: Example, long: number): Example {
  const { image, labels, objects } = example;
  const [height, width] = sizeOfLongSide([image.height, image.width], long);
  if (height === image.height && width === image.width) return example;
  return {
    ...example,
    image: resized(image, height, width),
    labels: middleLabels(labels, [height, width]),
    ...objects && { objects: resizedObjects(objects, long) },
  };
}

function middleLabels(labels: LabelMap, [height, width]: Size): LabelMap {
  const data = new Uint8Array(width * height);
  takeMiddles(labels, [height, width], data);
  return { width, height, data };
}

/** A map of another size: each number is that of the pixel in its middle, as PIL's nearest takes it. */
function takeMiddles<Numbers extends Uint8Array | Int32Array>(
  { data, ...from }: NumberMap<Numbers>,
  [height, width]: Size,
  target: Numbers,
): void {
  const places = (to: number, side: number) =>
    Int32Array.from({ length: to }, (_, i) => Math.floor((i + 0.5) * side / to));
  const columns = places(width, from.width);
  places(height, from.height).forEach((row, y) => {
    for (let x = 0; x < width; x++) target[y * width + x] = data[row * from.width + columns[x]!]!;
  });
}
