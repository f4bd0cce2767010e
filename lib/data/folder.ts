import { dirname, relative, resolve } from "node:path";
import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import { isFolder } from "../files.ts";
import { asSpelt } from "../spelt.ts";
import { type Colour, colourSchema, IGNORE } from "../images/image.ts";
import { issueWords } from "../misfit.ts";
import { readText } from "../text_file.ts";
import { excerpt, listed, printable } from "../words.ts";
import type { DiskDataset, Split } from "./dataset.ts";
import { diskDataset } from "./disk_dataset.ts";
import { colourKey, type LabelTable } from "./label_table.ts";
import { listPairs } from "./pairs.ts";

const value = z.int().min(0).max(65535);
const folders = z.strictObject({ images: z.string().min(1), labels: z.string().min(1) });

/**
 * The JSON description of a folder of images and label PNGs. A grey or palette mask is read by the
 * classes' values (their positions in the list where not given), an RGB mask by their colours.
 * Folders are relative to the JSON file.
 */
export const FolderDescription = z.strictObject({
  name: z.string().min(1),
  classes: z.array(
    z.strictObject({ name: classNameSchema, colour: colourSchema, value: value.optional() }),
  )
    .min(2).max(IGNORE),
  ignore: z.union([value, colourSchema, z.null()], {
    error: "needs a value, a colour [r, g, b], or null for no ignored label",
  }).default(IGNORE),
  train: folders,
  val: folders,
});

type FolderDescription = z.infer<typeof FolderDescription>;

/** One split of the data set that a JSON file describes (see data/README.md for an example). */
export async function folder(path: string, split: Split): Promise<DiskDataset> {
  const description = await readDescription(path);
  const [values, colours] = [valueTable(description, path), colourTable(description, path)];
  const at = (dir: string) => resolve(dirname(path), dir);
  const [images, labels] = [
    await asSpelt(at(description[split].images)),
    await asSpelt(at(description[split].labels)),
  ];
  await requireFolders(split, [images, labels], path);
  return diskDataset({
    name: `${description.name}/${split}`,
    classes: description.classes.map(({ name }) => name),
    palette: description.classes.map(({ colour }) => colour),
    pairs: listPairs(images, labels),
    tableFor: (raw) => raw.channels === 1 ? values : colours,
  });
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
function complaint(issues: readonly z.core.$ZodIssue[]): string {
  const misspelt = issues.find((issue) =>
    issue.code === "unrecognized_keys" && issue.keys.includes("color")
  );
  if (!misspelt) return listed(issues, inWords);
  return inWords({ path: misspelt.path, message: `"color"; write "colour"` });
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

function colourTable({ classes, ignore }: FolderDescription, path: string): LabelTable {
  const keys = classes.map(({ colour }) => colour as Colour);
  if (Array.isArray(ignore)) keys.push(ignore);
  unique(keys.map(String), "colour", path);
  return tableOf(keys.map((key) => colourKey(...key)), classes.length);
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
