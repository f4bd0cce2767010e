import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { Colour, Split } from "./dataset.ts";
import { IGNORE } from "./dataset.ts";
import { type DiskDataset, diskDataset } from "./disk.ts";
import { colourKey } from "./label_check.ts";
import type { LabelTable } from "./label_check.ts";
import { listPairs } from "./pairs.ts";

const byte = z.int().min(0).max(255);
const colour = z.tuple([byte, byte, byte]);
const value = z.int().min(0).max(65535);
const folders = z.strictObject({ images: z.string().min(1), labels: z.string().min(1) });

/**
 * The JSON description of a folder of images and label PNGs. A grey or palette mask is read by the
 * classes' values (their positions in the list where not given), an RGB mask by their colours.
 * Folders are relative to the JSON file.
 */
export const FolderDescription = z.strictObject({
  name: z.string().min(1),
  classes: z.array(z.strictObject({ name: z.string().min(1), colour, value: value.optional() }))
    .min(2).max(IGNORE),
  ignore: z.union([value, colour, z.null()], {
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
  const { images, labels } = description[split];
  const at = (dir: string) => resolve(dirname(path), dir);
  return diskDataset({
    name: `${description.name}/${split}`,
    classes: description.classes.map(({ name }) => name),
    palette: description.classes.map(({ colour }) => colour),
    pairs: listPairs(at(images), at(labels)),
    tableFor: (raw) => raw.channels === 1 ? values : colours,
  });
}

async function readDescription(path: string): Promise<FolderDescription> {
  const complain = (Kind: typeof RangeError | typeof SyntaxError, got: string) =>
    new Kind(
      `Cannot read the data description ${path}: needs JSON as in data/README.md, got ${got}`,
    );
  const text = await readFile(path, "utf8").catch((error) => {
    throw complain(RangeError, `no readable file (${error.code ?? error})`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw complain(SyntaxError, (error as Error).message);
  }
  const parsed = FolderDescription.safeParse(json);
  if (!parsed.success) {
    throw complain(RangeError, parsed.error.issues.map(inWords).join("; "));
  }
  unique(parsed.data.classes.map(({ name }) => name), "name", path);
  return parsed.data;
}

function inWords({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  const place = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`);
  return place.length > 0 ? `at ${place.join("").replace(/^\./, "")}: ${message}` : message;
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
