import { type Remedy, remedyOf } from "../remedy.ts";

/** How bad a problem is: training goes wrong, it may, or one only wants to look. */
export type Severity = "error" | "warning" | "note";

/** One thing that is wrong with one mask or its image. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly text: string;
  /** How much it asks for a look, to order files by. */
  readonly weight: number;
  /** What helps against it, where there is a way. */
  readonly remedy?: Remedy;
}

/** Something that a person should know about a data set, and what to do about it. */
export interface Finding {
  readonly severity: Severity;
  readonly title: string;
  readonly advice: string;
  /** A file and its reason each; empty where it is about the data set as a whole. */
  readonly lines: readonly string[];
  /** What helps against all of it, where there is a way. */
  readonly remedy?: Remedy;
}

/** What a kind of problem is called and what to do about it. */
interface Kind {
  readonly severity: Severity;
  readonly weight: number;
  /** Of one mask, in a list of several problems. */
  readonly short: string;
  readonly title: string;
  readonly advice: string;
}

/** Every kind of problem of a single mask. Notes are said of suspicious files alone. */
export const kinds = {
  unreadable: {
    severity: "error",
    weight: 60,
    short: "cannot be used",
    title: "masks or images that cannot be used",
    advice: "do what each line says, or leave the pairs out",
  },
  refused: {
    severity: "error",
    weight: 50,
    short: "of another kind",
    title: "masks of another kind than the data set's",
    advice: "convert them, or describe the folder by a JSON file (data/README.md)",
  },
  size: {
    severity: "error",
    weight: 40,
    short: "of another size than its image",
    title: "masks of another size than their image",
    advice:
      "find out which of the two was resized, cropped or turned; resize a mask with nearest " +
      "neighbour, never smoothly",
  },
  turned: {
    severity: "error",
    weight: 35,
    short: "maybe not turned like its image",
    title: "images that EXIF turns, and masks that it does not turn alike",
    advice: "look at one pair: where masks were drawn on images as they are shown, have EXIF's " +
      'orientation applied (exif "apply"), where on images as they are stored, have it ignored ' +
      '(exif "ignore")',
  },
  outside: {
    severity: "error",
    weight: 30,
    short: "values outside of the classes",
    title: "masks with values outside of the classes",
    advice: "correct the masks, or describe the values as classes or as the ignored one",
  },
  ignored: {
    severity: "warning",
    weight: 25,
    short: "ignored in every pixel",
    title: "masks that are ignored in every pixel: crops of them teach nothing",
    advice: "leave these pairs out, or describe their values as classes",
  },
  binary: {
    severity: "warning",
    weight: 20,
    short: "binary",
    title: "binary masks, 0 and 255 alone: 255 is the ignored value, so their foreground is lost",
    advice: "save the foreground as its class's number; or, if all masks are like this, give the " +
      'class "value": 255 and write "ignore": null into the description',
  },
  resized: {
    severity: "warning",
    weight: 18,
    short: "resized smoothly",
    title: "masks that were resized smoothly: borders hold values between those of the two sides",
    advice:
      "values in between are other classes, or none; make the masks again from the originals " +
      "and resize them with nearest neighbour",
  },
  smeared: {
    severity: "warning",
    weight: 16,
    short: "smeared",
    title:
      "masks that are smeared, as by JPEG compression or smooth resizing: odd values near borders",
    advice:
      "make the masks again from the originals and keep them PNG all the way; saving a JPEG " +
      "as PNG does not bring its values back",
  },
  narrow: {
    severity: "warning",
    weight: 14,
    short: "its image is next to uniform",
    title: "images whose values fill a small part of the range: they are next to black or uniform",
    advice:
      "look at one; values of 10, 12 or 14 bits in 16, or of 0 to 1 in 8, have to be scaled to the " +
      "whole range (0 to 65535, or 0 to 255) and saved again",
  },
  mostlyIgnored: {
    severity: "note",
    weight: 2,
    short: "ignored in most pixels",
    title: "masks that are ignored in most pixels",
    advice: "look whether they are finished",
  },
  single: {
    severity: "note",
    weight: 1,
    short: "one single class",
    title: "masks of one single class",
    advice: "look whether they are finished",
  },
} as const satisfies Record<string, Kind>;

/** The name of a kind of problem. */
export type ProblemKind = keyof typeof kinds;

/** A problem of a mask; `share` of its pixels (0 to 1) makes it weigh more. */
export function problem(kind: ProblemKind, text: string, share = 0): Problem {
  return { kind, text, weight: kinds[kind].weight + 5 * share };
}

/** The problem of a file that cannot be used, by the error that says why. */
export function unreadable(text: string, reason: unknown): Problem {
  const remedy = remedyOf(reason);
  return { ...problem("unreadable", text), ...remedy && { remedy } };
}

/** One remedy of several, which helps against most: of limits the highest. */
export function together(remedies: readonly (Remedy | undefined)[]): Remedy | undefined {
  const known = remedies.filter((remedy) => remedy !== undefined);
  const limits = known.filter((remedy) => remedy.kind === "maxPixels");
  const [first] = known.filter((remedy) => remedy.kind !== "maxPixels");
  return first ?? limits.toSorted((a, b) => b.pixels - a.pixels)[0];
}
