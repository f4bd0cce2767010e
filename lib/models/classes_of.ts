import type { WrittenClasses } from "../checkpoints/mmcv_meta.ts";
import type { ClassList } from "../sets/class_list.ts";
import { ade20kClasses } from "../sets/ade20k.ts";
import { cityscapesClasses } from "../sets/cityscapes.ts";
import { cocoStuffClasses } from "../sets/coco_stuff.ts";
import { pascalContextClasses } from "../sets/pascal_context.ts";
import { pascalVocClasses } from "../sets/pascal_voc.ts";
import type { Colour } from "../images/image.ts";
import { vocColour } from "../images/voc_colour.ts";

/** The classes of a network by their index. */
export interface Classes {
  readonly classes: readonly string[];
  readonly palette: readonly Colour[];
  /** What the checkpoint does not say, in words. */
  readonly assumed: readonly string[];
}

/** Data sets by the number of their classes. */
const known: Readonly<Record<number, readonly [title: string, list: ClassList]>> = {
  19: ["Cityscapes", cityscapesClasses],
  21: ["Pascal VOC", pascalVocClasses],
  59: ["Pascal Context", pascalContextClasses.slice(1)],
  60: ["Pascal Context", pascalContextClasses],
  150: ["ADE20K", ade20kClasses],
  171: ["COCO-Stuff", cocoStuffClasses],
};

/**
 * Names and colours of as many classes: those written in the checkpoint, those of the data set with
 * that number of classes, or else "class 0", "class 1" … and Pascal VOC's colours continued.
 */
export function classesOf(count: number, { names, palette }: WrittenClasses): Classes {
  for (const [what, list] of [["class names", names], ["colours", palette]] as const) {
    if (list && list.length !== count) {
      throw new RangeError(
        `Cannot name the classes: ${count} ${what}, as many as the network scores, needed, got ` +
          `${list.length}`,
      );
    }
  }
  const [title, list] = known[count] ?? [];
  const usual = list?.map(([name]) => name) ?? indices(count).map((i) => `class ${i}`);
  const colours = list?.map(([, colour]) => colour) ?? indices(count).map((i) => vocColour(i + 1));
  const assumed = names
    ? []
    : title
    ? [`the classes of ${title}, which has ${count}`]
    : [`no class names: "class 0" to "class ${count - 1}"`];
  return { classes: names ?? usual, palette: palette ?? colours, assumed };
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
