import type { Dataset, Example } from "./dataset.ts";

/** How much of a data set is kept: CamVid's 367 decoded training examples take 254 MB. */
const LIMIT_BYTES = 2 ** 30;

/**
 * The data set with each example read once and kept, up to 1 GiB; examples beyond that are read every
 * time. For training, which comes back to them: one pass over a data set needs no memory for it.
 */
export function keepInMemory(dataset: Dataset): Dataset {
  const kept = new Map<number, Example>();
  let bytes = 0;
  const example = async (index: number): Promise<Example> => {
    const known = kept.get(index);
    if (known) return known;
    const read = await dataset.example(index);
    const size = read.image.data.byteLength + read.labels.data.byteLength;
    if (!kept.has(index) && bytes + size <= LIMIT_BYTES) {
      kept.set(index, read);
      bytes += size;
    }
    return read;
  };
  return { ...dataset, example };
}
