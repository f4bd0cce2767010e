import type { Example } from "./dataset.ts";

/** How much a data set keeps: CamVid's 367 decoded training examples take 254 MB. */
const LIMIT_BYTES = 2 ** 30;

/** Reads each example once and keeps it, up to 1 GiB; examples beyond that are read every time. */
export function keepInMemory(
  read: (index: number) => Promise<Example>,
): (index: number) => Promise<Example> {
  const kept = new Map<number, Example>();
  let bytes = 0;
  return async (index) => {
    const known = kept.get(index);
    if (known) return known;
    const example = await read(index);
    const size = example.image.data.byteLength + example.labels.data.byteLength;
    if (!kept.has(index) && bytes + size <= LIMIT_BYTES) {
      kept.set(index, example);
      bytes += size;
    }
    return example;
  };
}
