import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { classNameSchema } from "../../class_name.ts";
import { writeAtomically } from "../../files.ts";
import { decodeLabels } from "../../images/decode.ts";
import { IGNORE } from "../../images/image.ts";
import { inFlight } from "../../in_flight.ts";
import { readJson } from "../../json.ts";
import { excerpt, listed } from "../../words.ts";
import type { Category } from "../annotated.ts";
import { isIgnoredName } from "../found_set.ts";
import { featuresOf, listedClasses } from "./features.ts";

/** What the values of masks mean. */
export interface MaskClasses {
  /** The classes with the values that masks have for them. */
  readonly classes: readonly ValuedClass[];
  /** The values that are ignored: 255 where it is no class, and those of names as ignore and void. */
  readonly ignored: readonly number[];
  /** Who says so, in words. */
  readonly from: string;
}

/** A class with the value that masks have for it. */
export interface ValuedClass extends Category {
  readonly value: number;
}

const ID2LABEL = "id2label.json";
const README = "README.md";
const id2labelSchema = z.record(z.string().regex(/^\d{1,5}$/), classNameSchema);

/**
 * The classes that a data set in a folder names: in `id2label.json`, or in the features that `datasets`
 * wrote into its files; undefined where it does not.
 */
export async function namedClasses(
  root: string,
  written: string | undefined,
): Promise<MaskClasses | undefined> {
  const file = id2labelFor(root);
  if (file !== undefined) return named(await id2labelOf(file), file, `classes of ${ID2LABEL}`);
  const features = listedClasses(featuresOf(written));
  if (features === undefined) return undefined;
  const classes = features.names.map((name, value) => ({ name, value }));
  const from = `classes of the column ${excerpt(features.column)}`;
  return named(classes, `the features of ${root}`, from);
}

/** The file of a folder, or of a data set that it is a subset of: one with a README. */
function id2labelFor(root: string): string | undefined {
  const isWhole = existsSync(join(root, README)) || !existsSync(join(dirname(root), README));
  const file = join(isWhole ? root : dirname(root), ID2LABEL);
  return existsSync(file) ? file : undefined;
}

async function id2labelOf(file: string): Promise<readonly ValuedClass[]> {
  const needed = { needs: 'names by the values of masks, { "0": "wall", … }' };
  const names = await readJson(file, id2labelSchema, needed);
  return Object.entries(names).map(([key, name]) => ({ name, value: Number(key) }))
    .sort((a, b) => a.value - b.value);
}

/** Classes by names, without those that are called ignore or void. */
function named(all: readonly ValuedClass[], file: string, from: string): MaskClasses {
  const classes = all.filter(({ name }) => !isIgnoredName(name));
  const names = classes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined || names.length < 2 || names.length > IGNORE) {
    const got = twice === undefined ? `${names.length}` : `"${excerpt(twice)}" twice`;
    throw new RangeError(
      `Cannot use ${file}: 2 to ${IGNORE} classes of different names needed, got ${got}; say them ` +
        `by a description with "classes" (data/README.md)`,
    );
  }
  const ignored = all.filter(({ name }) => isIgnoredName(name)).map(({ value }) => value);
  return { classes, ignored: [...ignored, ...ignoredBeside(classes)], from };
}

/** 255, where it is no class. */
export function ignoredBeside(classes: readonly ValuedClass[]): readonly number[] {
  return classes.some(({ value }) => value === IGNORE) ? [] : [IGNORE];
}

const countedSchema = z.object({ values: z.array(z.int().min(0)).min(1) });

/** Masks that are looked at together. */
const AT_ONCE = 4;

/** What a class is called that nobody names, by the value that masks have for it. */
const COUNTED = /^class (\d+)$/;

/** The value of a class that `countedClasses` named; undefined of another one. */
export function countedValue(name: string): number | undefined {
  const digits = name.match(COUNTED)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * `class VALUE` for each value that masks hold, but for 255 where they are not of 0 and 255 alone; what
 * was counted is kept in the file `memory`.
 */
export async function countedClasses(
  root: string,
  masks: readonly string[],
  memory: string,
): Promise<MaskClasses> {
  const needed = { needs: "to say which values masks hold" };
  const before = await readJson(memory, countedSchema, needed).catch(() => undefined);
  const values = before?.values ?? await valuesOf(masks);
  if (before === undefined) await writeAtomically(memory, `${JSON.stringify({ values })}\n`);
  const isBinary = values.length === 2 && values[1] === IGNORE;
  const own = isBinary ? values : values.filter((value) => value !== IGNORE);
  if (own.length < 2 || own.length > IGNORE) {
    throw new RangeError(
      `Cannot find the classes of ${root}: masks of 2 to ${IGNORE} values needed, got ${own.length} ` +
        `(${listed(own, String)}); say them by a description with "classes" (data/README.md)`,
    );
  }
  const classes = own.map((value) => ({ name: `class ${value}`, value }));
  const from = `classes counted in ${masks.length} masks, as nobody names them`;
  return { classes, ignored: ignoredBeside(classes), from };
}

/** All values of masks, in order. */
async function valuesOf(masks: readonly string[]): Promise<readonly number[]> {
  const found = new Set<number>();
  const look = async (file: string) => {
    const { channels, data } = await decodeLabels(file);
    if (channels === 1) return new Set<number>(data);
    throw new RangeError(
      `Cannot find the classes of ${file}: a grey or palette PNG needed, got an RGB image; describe ` +
        `the classes with their colours by a description with "classes" (data/README.md)`,
    );
  };
  for await (const values of inFlight(masks, AT_ONCE, look)) {
    for (const value of values) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}
