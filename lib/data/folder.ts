import { dirname, relative, resolve } from "node:path";
import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import { isFolder } from "../files.ts";
import { asSpelt } from "../spelt.ts";
import { type Colour, colourSchema, IGNORE } from "../images/image.ts";
import { completePalette } from "../images/voc_colour.ts";
import { issueWords } from "../misfit.ts";
import { readText } from "../text_file.ts";
import { excerpt, listed, printable } from "../words.ts";
import type { DiskDataset, DiskSource, Split } from "./dataset.ts";
import { diskDataset } from "./disk_dataset.ts";
import { colourKey, type LabelTable } from "./label_table.ts";
import { heldOutOf, holdoutOf, holdoutSchema } from "./holdout.ts";
import { listPairs, type Pair } from "./pairs.ts";

const value = z.int().min(0).max(65535);
const folders = z.strictObject({ images: z.string().min(1), labels: z.string().min(1) });
const { val, ...division } = holdoutSchema;

/**
 * A class of a description: its name alone, or with a colour, the value that masks have for it, and whether
 * it is of things or of stuff.
 */
export const describedClass = z.preprocess(
  (given) => typeof given === "string" ? { name: given } : given,
  z.strictObject({
    name: classNameSchema,
    colour: colourSchema.optional(),
    value: value.optional(),
    thing: z.boolean().optional(),
  }, { error: 'needs a name, or { "name": …, "colour": [r, g, b] }' }),
);

/**
 * The JSON description of a folder of images and label PNGs. A grey or palette mask is read by the
 * classes' values (their positions in the list where not given), an RGB mask by their colours. Where
 * "val" is a share or a list of names, these are taken from the images of "train". Folders are relative
 * to the JSON file.
 */
export const FolderDescription = z.strictObject({
  name: z.string().min(1),
  classes: z.array(describedClass).min(2).max(IGNORE),
  ignore: z.union([value, colourSchema, z.null()], {
    error: "needs a value, a colour [r, g, b], or null for no ignored label",
  }).default(IGNORE),
  train: folders,
  val: z.unknown().transform((given, context) => {
    const parsed = (isObject(given) ? folders : val).safeParse(given);
    if (parsed.success) return parsed.data;
    const message = isObject(given)
      ? 'needs { "images": …, "labels": … }'
      : "needs a share of the training images (0.2), a list of their names, or other folders " +
        '{ "images": …, "labels": … }';
    context.addIssue({ code: "custom", message, input: given });
    return z.NEVER;
  }),
  ...division,
});

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type FolderDescription = z.infer<typeof FolderDescription>;

/** One split of the data set that a JSON file describes (see data/README.md for an example). */
export async function folder(path: string, split: Split): Promise<DiskDataset> {
  const description = await readDescription(path);
  const [values, colours] = [valueTable(description, path), colourTable(description, path)];
  const at = (dir: string) => resolve(dirname(path), dir);
  const { classes, train, val } = description;
  const apart = typeof val === "object" && "images" in val ? val : null;
  const place = split === "val" && apart ? apart : train;
  const [images, labels] = [await asSpelt(at(place.images)), await asSpelt(at(place.labels))];
  await requireFolders(split, [images, labels], path);
  const tableFor: DiskSource["tableFor"] = (raw, file) => {
    if (raw.channels === 1) return values;
    return colours ?? noColours(path, file);
  };
  return await diskDataset({
    name: `${description.name}/${split}`,
    classes: classes.map(({ name }) => name),
    palette: completePalette(classes),
    ...thingsOfDescription(classes, path),
    pairs: apart
      ? listPairs(images, labels)
      : divided(description, split, await listPairs(images, labels), tableFor, path),
    tableFor,
  });
}

/** Whether each class is of things or of stuff, if a description says it; of one and not of all is an error. */
export function thingsOfDescription(
  classes: readonly { readonly name: string; readonly thing?: boolean | undefined }[],
  path: string,
): { readonly things?: readonly boolean[] } {
  const unsaid = classes.filter(({ thing }) => thing === undefined);
  if (unsaid.length === classes.length) return {};
  if (unsaid.length === 0) return { things: classes.map(({ thing }) => thing!) };
  throw new RangeError(
    `Cannot use the data description ${path}: "thing" of each class needed where it is said of one, ` +
      `got none of ${listed(unsaid, ({ name }) => name)}`,
  );
}

/** The pairs of a split where one list of pairs is divided. */
async function divided(
  description: FolderDescription,
  split: Split,
  pairs: readonly Pair[],
  tableFor: DiskSource["tableFor"],
  path: string,
): Promise<readonly Pair[]> {
  const holdout = holdoutOf({ ...description, val: description.val as number | string[] });
  const held = await heldOutOf(holdout, pairs, tableFor, path);
  return pairs.filter((_, index) => held.has(index) === (split === "val"));
}

function noColours(path: string, file: string): never {
  throw new RangeError(
    `Cannot use the labels of ${file}: needs the colour of each class in ${path}, since it is an RGB ` +
      `image, got names alone; write { "name": …, "colour": [r, g, b] }`,
  );
}

async function requireFolders(
  split: Split,
  folders: readonly string[],
  path: string,
): Promise<void> {
  const there = await Promise.all(folders.map(isFolder));
  const absent = folders.filter((_, i) => !there[i]);
  if (absent.length === 0) return;
  const named = (paths: readonly string[], and: string) =>
    [...new Set(paths)].map((folder) => printable(relative(dirname(path), folder))).join(and);
  throw new RangeError(
    `Cannot open the ${split} split of ${path}: needs the folders ${named(folders, " and ")} ` +
      `beside it, got no ${named(absent, " and no ")}; ` +
      `put the split's images and masks there, or name other folders`,
  );
}

async function readDescription(path: string): Promise<FolderDescription> {
  const complain = (Kind: typeof RangeError | typeof SyntaxError, got: string) =>
    new Kind(
      `Cannot read the data description ${path}: needs JSON as in data/README.md, got ${got}`,
    );
  const text = await readText(path).catch((error) => {
    if (error instanceof SyntaxError) throw error;
    throw complain(RangeError, `no readable file (${error.code ?? error})`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw complain(SyntaxError, excerpt((error as Error).message, 200));
  }
  const parsed = FolderDescription.safeParse(json);
  if (!parsed.success) {
    throw complain(RangeError, complaint(parsed.error.issues));
  }
  unique(parsed.data.classes.map(({ name }) => name), "name", path);
  return parsed.data;
}

/** What is wrong with a description; American spelling before what follows from it. */
function complaint(all: readonly z.core.$ZodIssue[]): string {
  const issues = all.filter((issue, i) => all.findIndex((one) => alike(one, issue)) === i);
  const misspelt = issues.find((issue) =>
    issue.code === "unrecognized_keys" && issue.keys.includes("color")
  );
  if (!misspelt) {
    return listed(issues, (issue) => {
      const more = all.filter((one) => alike(one, issue)).length - 1;
      return inWords(issue) + (more > 0 ? ` (and ${more} more like it)` : "");
    });
  }
  return inWords({ path: misspelt.path, message: `"color"; write "colour"` });
}

/** Whether two issues are the same but for the place in a list. */
function alike(a: z.core.$ZodIssue, b: z.core.$ZodIssue): boolean {
  const place = ({ path }: z.core.$ZodIssue) =>
    path.map((key) => typeof key === "number" ? "[]" : String(key)).join(".");
  return a.message === b.message && place(a) === place(b);
}

function inWords({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  const place = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`);
  const words = issueWords(message);
  return place.length > 0 ? `at ${excerpt(place.join("").replace(/^\./, ""))}: ${words}` : words;
}

function valueTable({ classes, ignore }: FolderDescription, path: string): LabelTable {
  const keys = classes.map(({ value }, index) => value ?? index);
  if (typeof ignore === "number") keys.push(ignore);
  unique(keys.map(String), "value", path);
  return tableOf(keys, classes.length);
}

/** The table of RGB masks, of the classes that have a colour; null where none has. */
function colourTable({ classes, ignore }: FolderDescription, path: string): LabelTable | null {
  const coloured = [...classes.entries()].filter(([, { colour }]) => colour);
  const keys = coloured.map(([, { colour }]) => colour as Colour);
  if (Array.isArray(ignore)) keys.push(ignore);
  unique(keys.map(String), "colour", path);
  if (coloured.length === 0) return null;
  return new Map(keys.map((key, i) => [colourKey(...key), coloured[i]?.[0] ?? IGNORE]));
}

/** Keys of the classes in order, then the ignored one where there is one. */
function tableOf(keys: readonly number[], classes: number): LabelTable {
  return new Map(keys.map((key, index) => [key, index < classes ? index : IGNORE]));
}

function unique(items: readonly string[], what: string, path: string): void {
  const twice = items.find((item, index) => items.indexOf(item) !== index);
  if (twice === undefined) return;
  throw new RangeError(
    `Cannot use the data description ${path}: needs another ${what} for each class and for the ` +
      `ignored label, got the ${what} ${what === "name" ? `"${twice}"` : twice} twice`,
  );
}
