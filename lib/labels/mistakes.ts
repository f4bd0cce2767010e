import type { LabelTable } from "../data/label_table.ts";
import { IGNORE } from "../images/image.ts";
import { LABEL_IDS } from "../sets/cityscapes.ts";
import { listed, share } from "../words.ts";
import { type Histogram, type Inspection, isUsual, trusted, type ValueCounts } from "./inspect.ts";
import { explain, isGrey } from "./palettes.ts";
import type { Finding } from "./problem.ts";

/** Mistakes that show in the histograms of a data set, in plain words, the gravest first. */
export function mistakesIn(inspection: Inspection): Finding[] {
  const found = inspection.histograms.flatMap((histogram) => {
    if (histogram.channels === 3) return coloured(histogram, inspection);
    const values = namedValues(histogram, inspection.source.classes);
    if (!values) return [];
    return [cityscapesIds, binary, counting, reduced].flatMap((mistake) => mistake(values));
  });
  return [...found, ...nothingToLearn(inspection)];
}

/** The values of a histogram beside the names of the classes that they mean. */
interface NamedValues {
  readonly names: readonly string[];
  /** Values in ascending order, by what they mean. */
  readonly seen: readonly number[];
  /** Those of them that no class has, without a few stray pixels in single masks. */
  readonly outside: readonly number[];
  /** The value of each class in their order. */
  readonly keys: readonly number[];
  readonly meaning: (value: number) => number | undefined;
  readonly pixels: (value: number) => number;
  readonly total: number;
}

function namedValues(histogram: Histogram, names: readonly string[]): NamedValues | undefined {
  const { table } = histogram;
  if (!table) return undefined;
  const part = trusted(histogram);
  const { values } = part;
  const keys = names.map((_, index) => [...table].find(([, found]) => found === index)?.[0] ?? -1);
  const seen = [...values.keys()].filter((value) => table.has(value) || isUsual(part, value));
  const pixels = (value: number) => values.get(value)?.pixels ?? 0;
  return {
    names,
    seen,
    outside: seen.filter((value) => !table.has(value)),
    keys,
    meaning: (value) => table.get(value),
    pixels,
    total: seen.reduce((sum, value) => sum + pixels(value), 0),
  };
}

function cityscapesIds({ names, keys, seen, outside }: NamedValues): Finding[] {
  if (names.length !== 19) return [];
  const advice =
    "name the files …_gtFine_labelIds.png or …_gtFine_labelTrainIds.png by what they " +
    "hold, or describe the classes with the values that they have";
  const ids = keys.every((key, trainId) => LABEL_IDS.get(key) === trainId);
  if (ids && seen.every((value) => value < 19 || value === 255)) {
    const title = "Cityscapes' train ids (0 to 18 and 255) where its label ids are expected";
    return [{ severity: "error", title, advice, lines: [] }];
  }
  const trainIds = keys.every((key, trainId) => key === trainId);
  if (trainIds && outside.length > 0 && seen.every((value) => LABEL_IDS.has(value))) {
    const title = "Cityscapes' label ids (0 to 33) where its train ids (0 to 18) are expected";
    return [{ severity: "error", title, advice, lines: [] }];
  }
  return [];
}

function binary({ names, seen, meaning }: NamedValues): Finding[] {
  const zero = meaning(0);
  if (String(seen) !== "0,255" || meaning(255) !== IGNORE || zero === undefined) return [];
  return [{
    severity: "error",
    title: "all masks are binary, 0 and 255 alone, and 255 is the ignored value: " +
      `nothing but ${names[zero] ?? "0"} would be learned`,
    advice:
      'give the class of 255 "value": 255 and write "ignore": null into the description, or ' +
      "save the masks as 0 and 1",
    lines: [],
  }];
}

/** Values from 0 by the description, and from 1 in the masks. */
function counting({ names, keys, seen, outside, meaning }: NamedValues): Finding[] {
  const count = names.length;
  const used = seen.filter((value) => meaning(value) !== IGNORE);
  if (keys.some((key, index) => key !== index) || used.length === 0) return [];
  if (used.at(-1) === count && used[0] === 1) {
    return [{
      severity: "error",
      title: `values 1 to ${count} for ${count} classes: the masks count from 1, the description ` +
        `from 0, so that every class is taken for the next one`,
      advice:
        'give each class its "value" in the description (1 for the first); 0, if it occurs, ' +
        'is then free to be ignored ("ignore": 0)',
      lines: [],
    }];
  }
  if (used.at(-1) === count && used[0] === 0 && outside.length === 1) {
    return [{
      severity: "error",
      title: `values 0 to ${count}, one more than the ${count} classes`,
      advice:
        "if 0 is background, put it first in the list of classes; if it is unlabelled, give " +
        'the classes the "value" 1 and up and write "ignore": 0',
      lines: [],
    }];
  }
  if (used[0] === 1 && used.length === count - 1 && outside.length === 0) {
    return [{
      severity: "warning",
      title: `0, the value of ${names[0]}, never occurs, all others do: do the masks count from 1?`,
      advice: `look at one mask; if 1 is meant as ${names[0]}, give each class its "value" ` +
        "in the description (1 for the first)",
      lines: [],
    }];
  }
  return [];
}

/** Values reduced by one, 0 ignored, where the masks count from 0 or were reduced before. */
function reduced({ names, keys, seen, outside, meaning, pixels, total }: NamedValues): Finding[] {
  const count = names.length;
  if (keys.some((key, index) => key !== index + 1) || meaning(0) !== IGNORE) return [];
  // What was 0 is 255 when it is reduced, and 254 where that is done once more without a care for it.
  const wrapped = outside.filter((value) => value >= 254);
  if (wrapped.length > 0 && !seen.includes(count)) {
    const high = wrapped.join(" and ");
    const found = seen.includes(0)
      ? `${high} beside 0, and ${count}, the value of the last class, nowhere`
      : `${high} and no 0`;
    return [{
      severity: "error",
      title: `${found}, where 0 is to be ignored and the rest reduced by one: the masks were ` +
        "reduced before, so that every class is taken for one before it",
      advice:
        "take the masks as they were published, or describe them by a JSON file with values " +
        'from 0 and "ignore": 255',
      lines: [],
    }];
  }
  const used = seen.filter((value) => value > 0);
  const complete = count > 2 && used.length === count - 1 && used.at(-1) === count - 1;
  if (!complete || outside.length > 0 || pixels(0) * 100 < total) return [];
  return [{
    severity: "warning",
    title: `${count}, the value of the last class (${names.at(-1)}), never occurs, and 0 ` +
      `(${share(pixels(0), total)}) is ignored: do the masks count from 0? Then the first class ` +
      "is lost, and every class is taken for the one before it",
    advice:
      'look at one mask; if 0 is meant as a class, leave "value" out of the description, so ' +
      "that classes count from 0",
    lines: [],
  }];
}

/** Of the pixels of colours that are described, one in so many may be of others all the same. */
const ODD = 20;

/** Whether a table explains colours but for odd ones, which are said mask by mask. */
function isDescribed(table: LabelTable | undefined, { values, further }: ValueCounts): boolean {
  let [known, total] = [0, further];
  for (const [key, { pixels }] of values) {
    total += pixels;
    if (table?.has(key)) known += pixels;
  }
  return known >= total - total / ODD;
}

function coloured(histogram: Histogram, { source }: Inspection): Finding[] {
  const part = trusted(histogram);
  if (isDescribed(histogram.table, part)) return [];
  const severity = source.tableFor ? "error" : "note";
  if (isGrey(part)) {
    const values = listed([...part.values.keys()], (key) => `${key & 255}`);
    return [{
      severity,
      title: `class numbers saved as RGB, three equal channels (${values})`,
      advice: "save one channel of the masks as grey PNG; the numbers are then the values",
      lines: [],
    }];
  }
  const palette = explain(part, source);
  if (!palette) return [];
  const names = [...part.values.keys()].flatMap((key) => palette.meaning.get(key) ?? []);
  return [{
    severity,
    title: `a palette saved as RGB: the colours are those of ${palette.name} ` +
      `(${listed(names, (name) => name)})`,
    advice: "save the masks as palette or grey PNGs of class numbers, or put these very colours " +
      "into a JSON description (data/README.md)",
    lines: [],
  }];
}

function nothingToLearn({ source, pixels, ignored }: Inspection): Finding[] {
  if (!source.tableFor || pixels === 0 || ignored < pixels) return [];
  return [{
    severity: "error",
    title: "every pixel of every mask is ignored: there is nothing to learn",
    advice: "compare the values in the masks with those of the classes and of the ignored label",
    lines: [],
  }];
}
