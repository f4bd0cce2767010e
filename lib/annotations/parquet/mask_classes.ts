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
  /** The value that is ignored; null where there is none. */
  readonly ignore: number | null;
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

/** Where the classes of masks may be said. */
export interface ClassSources {
  /** The folder of the Parquet files. */
  readonly root: string;
  /** What `datasets` wrote into a Parquet file. */
  readonly written: string | undefined;
  /** The masks, to be counted where nobody says it. */
  readonly masks: readonly string[];
  /** The file that keeps what was counted. */
  readonly counted: string;
}

/**
 * The classes of masks: by `id2label.json`, or the names that the data set's features list, or else
 * `class VALUE` for each value that masks hold. 255 is ignored where it is no class.
 */
export async function maskClasses(sources: ClassSources): Promise<MaskClasses> {
  const { root, written } = sources;
  const file = id2labelFor(root);
  if (file !== undefined) return named(await id2labelOf(file), file, `classes of ${ID2LABEL}`);
  const features = listedClasses(featuresOf(written));
  if (features === undefined) return await countedClasses(sources);
  const { column, names } = features;
  const classes = names.map((name, value) => ({ name, value }));
  return named(classes, `the features of ${root}`, `classes of the column ${excerpt(column)}`);
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

/** Classes by names, of which one may be called ignore. */
function named(all: readonly ValuedClass[], file: string, from: string): MaskClasses {
  const ignored = all.filter(({ name }) => isIgnoredName(name));
  const classes = all.filter(({ name }) => !isIgnoredName(name));
  const names = classes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (ignored.length > 1 || twice !== undefined || names.length < 2 || names.length > IGNORE) {
    const got = twice !== undefined
      ? `"${excerpt(twice)}" twice`
      : ignored.length > 1
      ? `${ignored.length} that are ignored`
      : `${names.length}`;
    throw new RangeError(
      `Cannot use ${file}: 2 to ${IGNORE} classes of different names, and at most one called ignore ` +
        `or void, needed, got ${got}; describe them by a description with "classes" (data/README.md)`,
    );
  }
  const ignore = ignored[0]?.value ?? (all.some(({ value }) => value === IGNORE) ? null : IGNORE);
  return { classes, ignore, from };
}

const countedSchema = z.object({ values: z.array(z.int().min(0)).min(1) });

/** Masks that are looked at together. */
const AT_ONCE = 4;

async function countedClasses({ root, masks, counted }: ClassSources): Promise<MaskClasses> {
  const needed = { needs: "to say which values masks hold" };
  const before = await readJson(counted, countedSchema, needed).catch(() => undefined);
  const values = before?.values ?? await valuesOf(masks);
  if (before === undefined) await writeAtomically(counted, `${JSON.stringify({ values })}\n`);
  const isBinary = values.length === 2 && values[1] === IGNORE;
  const own = isBinary ? values : values.filter((value) => value !== IGNORE);
  if (own.length < 2 || own.length > IGNORE) {
    throw new RangeError(
      `Cannot find the classes of ${root}: masks of 2 to ${IGNORE} values needed, got ${own.length} ` +
        `(${listed(own, String)}); say them by ${ID2LABEL} or by a description with "classes"`,
    );
  }
  return {
    classes: own.map((value) => ({ name: `class ${value}`, value })),
    ignore: isBinary ? null : IGNORE,
    from: `classes counted in ${masks.length} masks, as nobody names them`,
  };
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
