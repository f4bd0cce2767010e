import type { ClassKey, Image, LabelMap } from "../images/image.ts";
import { comparison, type Panel } from "./comparison.ts";
import { agreementKey, agreementMap, faded } from "./overlay.ts";
import type { Photograph } from "./picture.ts";

/** An image with its labels and what two networks say of it; titles for the image and for both. */
export interface Agreement {
  readonly name: string;
  readonly image: Image;
  readonly labels: LabelMap;
  readonly said: readonly (readonly [title: string, labels: LabelMap])[];
}

/**
 * Rows of an image, its labels, what one or two networks say of it, and where they are wrong: where
 * they differ in that, of two.
 */
export async function agreementPanels(
  rows: readonly Agreement[],
  { classes, palette }: ClassKey,
): Promise<Photograph> {
  const panels = rows.map(({ name, image, labels, said }): Panel[] => {
    const [first, second] = said.length > 1 ? [said[0]![1], said[1]![1]] : [labels, said[0]![1]]; // beside the labels, which are right
    const agreement = agreementMap(labels, first, second);
    const shift = classes.length; // the colours of the map come after the classes
    const data = agreement.data.map((value) => value === 255 ? 255 : shift + value);
    return [
      { title: name, image },
      { title: "ground truth", image, labels },
      ...said.map(([title, labels]) => ({ title, image, labels })),
      {
        title: said.length > 1 ? "wrong in A or in B" : "wrong",
        image: faded(image),
        labels: { ...agreement, data },
      },
    ];
  });
  const key = rows.some(({ said }) => said.length > 1)
    ? agreementKey
    : { classes: ["wrong"], palette: [agreementKey.palette[1]!] };
  return await comparison(panels, {
    classes: [...classes, ...key.classes],
    palette: [...palette, ...key.palette],
  });
}
