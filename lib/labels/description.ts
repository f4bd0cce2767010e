import { join } from "node:path";
import type { Split } from "../data/dataset.ts";
import { keyColour } from "../data/label_table.ts";
import { isPicture } from "../data/named_files.ts";
import { isFolder } from "../files.ts";
import type { Colour } from "../images/image.ts";
import { vocColour } from "../images/voc_colour.ts";
import { listFiles } from "../listing.ts";
import type { Count, Inspection, ValueCounts } from "./inspect.ts";
import { explain, isGrey } from "./palettes.ts";

/** Names of the folder of masks beside `images`. */
const MASKS = ["masks", "labels", "annotations"];

/** The folders of images and of masks of a data set that nobody has described, within its root. */
export interface PlainFolders {
  readonly images: string;
  readonly labels: string;
}

/**
 * The folders `images` and `masks` (or `labels`, `annotations`) of a root, or of its split's folder;
 * undefined where there are none with images in them.
 */
export async function plainFolders(root: string, split: Split): Promise<PlainFolders | undefined> {
  for (const place of ["", split]) {
    const images = join(place, "images");
    if (!await isFolder(join(root, images))) continue;
    if (!(await listFiles(join(root, images), { recursive: true })).some(isPicture)) continue;
    for (const masks of MASKS) {
      const labels = join(place, masks);
      if (await isFolder(join(root, labels))) return { images, labels };
    }
  }
  return undefined;
}

/**
 * A description of a data set, as data/README.md explains it, with the values or colours that its
 * sound masks hold; undefined where there are none of two values or more. Names are to be filled in;
 * where many values are `oddKeys`, these are left out.
 */
export function suggestDescription(
  inspection: Inspection,
  name: string,
  train: PlainFolders,
  val: PlainFolders,
): SuggestedDescription | undefined {
  const histogram = inspection.histograms.toSorted((a, b) => b.sound.files - a.sound.files)[0];
  if (!histogram) return undefined;
  const { channels, sound } = histogram;
  const classes = channels === 3 ? classesOfColours(sound) : classesOfValues(sound);
  if (classes.length < 2) return undefined;
  const binary = channels === 1 && String([...sound.values.keys()]) === "0,255";
  return { name, classes, ignore: binary ? null : 255, train, val };
}

/** A description that is suggested. */
export interface SuggestedDescription {
  readonly name: string;
  readonly classes: readonly SuggestedClass[];
  readonly ignore: number | null;
  readonly train: PlainFolders;
  readonly val: PlainFolders;
}

/** A class of it, called by its value where nobody knows its name. */
export interface SuggestedClass {
  readonly name: string;
  readonly colour: Colour;
  readonly value?: number;
}

function classesOfValues(masks: ValueCounts): SuggestedClass[] {
  const frequent = frequentKeys(masks);
  const values = frequent.length > 2 ? frequent.filter((value) => value !== 255) : frequent;
  const plain = values.every((value, index) => value === index);
  return values.map((value, index) => ({
    name: `class ${value}`,
    colour: vocColour(index + 1), // 0 is black, which only darkens a photo
    ...(plain ? {} : { value }),
  }));
}

function classesOfColours(masks: ValueCounts): SuggestedClass[] {
  const keys = frequentKeys(masks);
  const meaning = explain(masks, { classes: [], palette: [] })?.meaning;
  if (isGrey(masks)) {
    return keys.map((key) => ({ name: `class ${key & 255}`, colour: keyColour(key) }));
  }
  return keys.map((key, index) => ({
    name: meaning?.get(key) ?? `class ${index}`,
    colour: keyColour(key),
  }));
}

/** So few odd values may be rare classes; more of them are invented. */
const FEW_ODD = 3;

/** The values that a single mask of several holds in less than a percent of its pixels. */
export function oddKeys({ values, files }: ValueCounts): number[] {
  const total = [...values.values()].reduce((sum, { pixels }) => sum + pixels, 0);
  const isOdd = (count: Count) => count.files === 1 && count.pixels <= total / files / 100;
  return files < 3 ? [] : [...values].filter(([, count]) => isOdd(count)).map(([key]) => key);
}

/** At most 255 keys, the most frequent ones. */
function frequentKeys(counts: ValueCounts): number[] {
  const odd = oddKeys(counts);
  const left = new Set(odd.length > FEW_ODD ? odd : []);
  return [...counts.values].filter(([key]) => !left.has(key))
    .sort(([, a], [, b]) => b.pixels - a.pixels).slice(0, 255)
    .map(([key]) => key).sort((a, b) => a - b);
}
