import { IGNORE } from "../images/image.ts";
import { firstOf } from "../words.ts";
import type { Dataset } from "./dataset.ts";

/** The class of all pixels that are none of those that are asked for. */
export const REST = "rest";

/**
 * A data set of two classes: some of its own as one, in the colour of the first of them, against the rest.
 * What is ignored stays so. A name that is none of its classes is a RangeError.
 */
export function againstRest(dataset: Dataset, name: string, classes: readonly string[]): Dataset {
  const { source: _, instances: __, things: ___, objects: ____, ...kept } = dataset;
  const unknown = classes.filter((one) => !dataset.classes.includes(one));
  if (unknown.length > 0 || classes.length === 0) {
    throw new RangeError(
      `Cannot set classes of ${dataset.name} against the rest: some of ${
        firstOf(dataset.classes, 60)
      } needed, got ${classes.length === 0 ? "none" : firstOf(unknown)}`,
    );
  }
  const table = new Uint8Array(IGNORE + 1);
  for (const one of classes) table[dataset.classes.indexOf(one)] = 1;
  table[IGNORE] = IGNORE;
  return {
    ...kept,
    name: `${dataset.name}, ${name} against the rest`,
    classes: [REST, name],
    palette: [[0, 0, 0], dataset.palette[dataset.classes.indexOf(classes[0]!)]!],
    async example(index) {
      const { labels, objects: _, ...example } = await dataset.example(index);
      return { ...example, labels: { ...labels, data: labels.data.map((label) => table[label]!) } };
    },
  };
}
