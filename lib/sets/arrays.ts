import { checkExample } from "../data/checked.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Colour, IGNORE, type LabelMap, type Raster } from "../images/image.ts";
import { vocColour } from "../images/voc_colour.ts";
import { shown } from "../words.ts";

/** Examples that are in memory. */
export interface ArrayExamples {
  /** How errors and displays call them; "arrays" if not given. */
  readonly name?: string;
  /** The classes' names: labels are their indices, or 255 for pixels that nothing counts. */
  readonly classes: readonly string[];
  /** The classes' colours in pictures; Pascal VOC's if not given. */
  readonly palette?: readonly Colour[];
  /** Images [height, width, 3] of bytes or bands [height, width, channels] of floats, and the labels of their pixels [height, width]. */
  readonly examples: readonly { readonly image: Raster; readonly labels: LabelMap }[];
}

/** A data set of arrays, for training and evaluation; wrong sizes and labels are errors. */
export function arrayDataset(
  { name = "arrays", classes, palette, examples }: ArrayExamples,
): Dataset {
  const doing = `Cannot make the data set ${name}`;
  const count = Array.isArray(classes) ? classes.length : 0;
  if (count < 2 || count > IGNORE) {
    throw new RangeError(`${doing}: 2 to ${IGNORE} names of classes needed, got ${shown(classes)}`);
  }
  const colours = palette ?? classes.map((_, index) => vocColour(index + 1));
  if (colours.length !== count) {
    throw new RangeError(`${doing}: ${count} colours needed, got ${colours.length}`);
  }
  if (!Array.isArray(examples)) {
    throw new TypeError(`${doing}: an array of { image, labels } needed, got ${shown(examples)}`);
  }
  const named = examples.map(({ image, labels }, index) => {
    const example = { name: `${index}`, image, labels };
    checkExample(example, count, `${doing}, example ${index}`);
    return example;
  });
  return {
    name,
    classes,
    palette: colours,
    length: named.length,
    // deno-lint-ignore require-await
    async example(index) {
      const example = named[index];
      if (example) return example;
      const last = named.length - 1;
      throw new RangeError(
        `Cannot read an example of ${name}: an index from 0 to ${last} needed, got ${index}`,
      );
    },
  };
}
