import { colourKey } from "../data/label_table.ts";
import type { ClassKey } from "../images/image.ts";
import { vocColour } from "../images/voc_colour.ts";
import { ade20kClasses } from "../sets/ade20k.ts";
import { camvidClasses } from "../sets/camvid.ts";
import { cityscapesClasses } from "../sets/cityscapes.ts";
import type { ClassList } from "../sets/class_list.ts";
import { pascalVocClasses } from "../sets/pascal_voc.ts";
import type { ValueCounts } from "./inspect.ts";

/** A palette that masks are often drawn with: what a packed colour means by it. */
export interface KnownPalette {
  readonly name: string;
  readonly meaning: ReadonlyMap<number, string>;
}

const keyed = (classes: ClassList) =>
  new Map(classes.map(([name, colour]) => [colourKey(...colour), name]));

const PUBLISHED: readonly KnownPalette[] = [
  { name: "Pascal VOC's palette", meaning: keyed(pascalVocClasses) },
  { name: "Cityscapes' palette", meaning: keyed(cityscapesClasses) },
  { name: "ADE20K's palette", meaning: keyed(ade20kClasses) },
  { name: "CamVid's palette", meaning: keyed(camvidClasses) },
  {
    name: "Pascal VOC's colour map, which labelling tools use for any classes",
    meaning: new Map(
      Array.from({ length: 256 }, (_, i) => [colourKey(...vocColour(i)), `class ${i}`]),
    ),
  },
];

/** What all pixels but one in this many must fit. */
const ODD = 20;

/**
 * The palette that explains the colours of masks: the data set's own first, then the published ones.
 * Ignored and unlabelled pixels are black or white in most of them.
 */
export function explain(
  { values, further }: Pick<ValueCounts, "values" | "further">,
  { classes, palette }: ClassKey,
): KnownPalette | undefined {
  const total = [...values.values()].reduce((sum, { pixels }) => sum + pixels, further);
  const own = keyed(palette.map((colour, index) => [classes[index]!, colour] as const));
  const candidates = [{ name: "the data set's own palette", meaning: own }, ...PUBLISHED];
  return candidates.find(({ meaning }) => {
    const known = [...values].filter(([key]) => meaning.has(key));
    const blank = [0, 0xffffff, colourKey(224, 224, 192)].filter((key) => !meaning.has(key));
    const fitting = [...known.map(([, count]) => count), ...blank.map((key) => values.get(key))];
    const pixels = fitting.reduce((sum, count) => sum + (count?.pixels ?? 0), 0);
    return known.length >= 2 && pixels >= total - total / ODD;
  });
}

/** Whether colours are grey values in three equal channels. */
export function isGrey({ values, further }: Pick<ValueCounts, "values" | "further">): boolean {
  return further === 0 &&
    [...values.keys()].every((key) => key === colourKey(key & 255, key & 255, key & 255));
}
