import type { DiskSource } from "../data/dataset.ts";
import type { Fault } from "../data/fault.ts";
import type { LabelTable } from "../data/label_table.ts";
import type { Pair } from "../data/pairs.ts";
import { type ClassKey, IGNORE } from "../images/image.ts";
import { completePalette, isBackground } from "../images/voc_colour.ts";
import { excerpt, firstOf, listed } from "../words.ts";
import {
  type AnnotatedImage,
  type Annotations,
  type Category,
  drawObjects,
  drawRegions,
  type Overlap,
  type Part,
  type Region,
} from "./annotated.ts";

/** A pair of a data set whose parts are not opened yet. */
export interface FoundPair extends Pair {
  /** The part that it belongs to; null where nobody has divided the data. */
  readonly part: Part | null;
  /** The classes in it, where they are known without reading the mask. */
  readonly present?: ReadonlySet<number>;
  readonly faults?: readonly Fault[];
}

/** A data set as a tool has written it, whatever its format. */
export interface FoundSet extends ClassKey {
  /** The format as its tool calls it. */
  readonly format: string;
  readonly place: string;
  readonly pairs: readonly FoundPair[];
  readonly tableFor: DiskSource["tableFor"];
  /** Whether each class is of things or of stuff, where that can be told. */
  readonly things?: readonly boolean[];
  /** What is wrong with entries of no image. */
  readonly faults: readonly Fault[];
}

/** A class of a description, with the value that masks have for it where it is said. */
export interface MaskCategory extends Category {
  readonly value?: number | undefined;
}

/** How annotations become labels. */
export interface Drawing {
  /** The classes in their order, where not all categories are wanted, or other colours. */
  readonly classes?: readonly MaskCategory[];
  /** Which columns of Parquet files hold images and masks, where it cannot be told. */
  readonly columns?: { readonly image: string; readonly mask: string };
  /** What pixels without an annotation are. */
  readonly unlabelled: "background" | "ignore";
  readonly overlap: Overlap;
  /** What groups that nobody has told apart are. */
  readonly crowd: "class" | "ignore";
}

/** How annotations become labels where nobody has said it. */
export const PLAIN_DRAWING: Drawing = {
  unlabelled: "background",
  overlap: "area",
  crowd: "class",
};

/** Labels that are drawn are class indices already. */
export const INDICES: LabelTable = new Map(Array.from({ length: 256 }, (_, i) => [i, i] as const));

/** A data set that is drawn from annotations. */
export function drawnSet(annotations: Annotations, drawing: Drawing): FoundSet {
  const { format, place, images, faults } = annotations;
  const { classes, base, ofCategory } = classesOf(annotations, drawing);
  const things = classes.map((one) => isOfThings(one, annotations.categories));
  const labelOf = ({ category, crowd }: Region) => {
    const label = ofCategory[category]!;
    return crowd && label !== null && drawing.crowd === "ignore" ? IGNORE : label;
  };
  const pairs = images.map((image): FoundPair => ({
    name: image.name,
    image: image.file,
    labels: image.source,
    part: image.part,
    faults: image.faults,
    present: presentIn(image, base, labelOf),
    drawn: {
      size: image.size,
      draw: (size) => drawRegions(image.regions, size, base, drawing.overlap, labelOf),
      objects: (size) => drawObjects(image.regions, size, base, drawing.overlap, labelOf, things),
    },
  }));
  return {
    format,
    place,
    classes: classes.map(({ name }) => name),
    palette: completePalette(classes),
    things,
    pairs,
    tableFor: () => INDICES,
    faults,
  };
}

/**
 * Whether a class is of things: as a description says, or else the tool, and where nobody says it all
 * classes but the background are, since people draw a region round each.
 */
function isOfThings({ name, thing }: Category, categories: readonly Category[]): boolean {
  return thing ?? categories.find((one) => one.name === name)?.thing ?? !isBackground(name);
}

function presentIn(
  { regions }: AnnotatedImage,
  base: number,
  labelOf: (region: Region) => number | null,
): ReadonlySet<number> {
  const labels = [base, ...regions.map(labelOf)];
  return new Set(labels.filter((label): label is number => label !== null && label !== IGNORE));
}

/** Names of what is no class: its pixels are ignored. */
export function isIgnoredName(name: string): boolean {
  return /^_*(ignored?|void)_*$/i.test(name);
}

function ignoredWords(categories: readonly Category[]): string {
  const ignored = categories.map(({ name }) => name).filter(isIgnoredName);
  return ignored.length > 0 ? `; categories called so are ignored: ${firstOf(ignored)}` : "";
}

interface Resolved {
  readonly classes: readonly Category[];
  /** The label of pixels without an annotation. */
  readonly base: number;
  /** By the index of a category: its label, null where it is left out. */
  readonly ofCategory: readonly (number | null)[];
}

/**
 * The classes of annotations. Pixels without one are the class called background, which comes first
 * where no category is called so; categories called ignore or void are ignored.
 */
function classesOf({ categories, place }: Annotations, drawing: Drawing): Resolved {
  const wanted = drawing.classes ?? categories.filter(({ name }) => !isIgnoredName(name));
  const needsBackground = drawing.unlabelled === "background" &&
    !wanted.some(({ name }) => isBackground(name));
  const classes = needsBackground ? [{ name: "background" }, ...wanted] : wanted;
  if (classes.length < 2 || classes.length > IGNORE) {
    throw new RangeError(
      `Cannot use ${place}: 2 to ${IGNORE} classes needed, got ` +
        (classes.length > IGNORE
          ? `${classes.length}`
          : firstOf(classes.map(({ name }) => name)) || "none") +
        ignoredWords(categories),
    );
  }
  const names = classes.map(({ name }) => name);
  const unknown = wanted.find(({ name }) =>
    !isBackground(name) && !categories.some((category) => category.name === name)
  );
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot use ${place}: classes of its categories needed ` +
        `(${listed(categories, ({ name }) => name)}), got "${excerpt(unknown.name)}"`,
    );
  }
  const background = names.findIndex(isBackground);
  return {
    classes,
    base: drawing.unlabelled === "ignore" || background < 0 ? IGNORE : background,
    ofCategory: categories.map(({ name }) => {
      if (isIgnoredName(name)) return IGNORE;
      const label = isBackground(name) ? background : names.indexOf(name);
      return label < 0 ? null : label;
    }),
  };
}
