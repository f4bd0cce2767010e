import { imageSize } from "../images/decode.ts";
import { inFlight } from "../in_flight.ts";
import type { Dataset } from "./dataset.ts";
import type { Pair } from "./pairs.ts";
import { exampleSizes, type PixelSize, sizeSample } from "./working_size.ts";

const AT_ONCE = 4;

/** The sizes of 64 images; those that cannot be read are left out, since others say so. */
export async function fileSizes(pairs: readonly Pick<Pair, "image">[]): Promise<PixelSize[]> {
  const some = sizeSample(pairs.length).map((index) => pairs[index]!);
  const sizes: PixelSize[] = [];
  const sizeOf = ({ image }: Pick<Pair, "image">) => imageSize(image).catch(() => null);
  for await (const size of inFlight(some, AT_ONCE, sizeOf)) if (size) sizes.push(size);
  return sizes;
}

/** The sizes of 64 of a data set's images, which are made where they lie in no files. */
export async function datasetSizes(dataset: Dataset): Promise<PixelSize[]> {
  return dataset.source ? await fileSizes(dataset.source.pairs) : await exampleSizes(dataset);
}
