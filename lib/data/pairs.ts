import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { firstOf } from "../words.ts";

/** An image file and its label file, and the file of its instances where there is one. */
export interface Pair {
  readonly name: string;
  readonly image: string;
  readonly labels: string;
  readonly instances?: string;
}

/** Images or masks without partner. `pairs` are those that have one: the label check goes on with them. */
export class UnpairedError extends RangeError {
  constructor(
    message: string,
    readonly pairs: readonly Pair[],
    /** Names without partner. */
    readonly images: readonly string[],
    readonly masks: readonly string[],
  ) {
    super(message);
  }
}

/** Files of a folder by name: what is left of the file name without its ending. */
export interface NamedFiles {
  readonly dir: string;
  readonly byName: ReadonlyMap<string, string>;
}

/** The names of image files, by the extensions that sharp reads. */
export const IMAGE_FILE = /\.(jpe?g|png|webp|tiff?|avif|gif)$/i;
/** The names of label files: only PNG keeps numbers, and palette indices, as they are. */
export const LABEL_FILE = /\.png$/i;
const JPEG_FILE = /\.jpe?g$/i;

/**
 * Pairs the images of one folder with the label PNGs of another by file name without extension, in
 * the order of names. An image without mask or a mask without image is a RangeError with names.
 */
export async function listPairs(imageDir: string, labelDir: string): Promise<readonly Pair[]> {
  return await pairUp(
    await filesByName(imageDir, IMAGE_FILE),
    await filesByName(labelDir, LABEL_FILE),
  );
}

/**
 * The files of a folder, or of the folders in it too, whose names have the ending, sorted. A name
 * with folders reads `city/frame`. Two files of one name are a RangeError.
 */
export async function filesByName(
  dir: string,
  ending: RegExp,
  { recursive }: { readonly recursive: boolean } = { recursive: false },
): Promise<NamedFiles> {
  const entries = await readdir(dir, { recursive }).catch((cause) => {
    const got = cause.code === "ENOENT"
      ? "nothing of that name"
      : cause.code === "ENOTDIR"
      ? "a file"
      : cause.code ?? cause;
    throw new RangeError(`Cannot list ${dir}: needs a folder of files, got ${got}`, { cause });
  });
  const byName = new Map<string, string>();
  for (const file of entries.filter((file) => ending.test(file) && !hidden(file)).sort()) {
    const name = file.replace(ending, "").replaceAll(sep, "/");
    const other = byName.get(name);
    if (other !== undefined) {
      throw new RangeError(
        `Cannot list ${dir}: needs one file a name, got ${other.slice(dir.length + 1)} and ${file}`,
      );
    }
    byName.set(name, join(dir, file));
  }
  return { dir, byName };
}

/**
 * Pairs images with label files of the same names. What lacks its partner is a RangeError that counts
 * and names it and ends with `advice`.
 */
export async function pairUp(
  images: NamedFiles,
  labels: NamedFiles,
  advice?: string,
): Promise<readonly Pair[]> {
  if (images.byName.size === 0) {
    throw new RangeError(`Cannot list ${images.dir}: needs a folder of images, got none in it`);
  }
  const without = missing(images.byName.keys(), labels);
  const alone = missing(labels.byName.keys(), images);
  const names = [...images.byName.keys()].filter((name) => labels.byName.has(name));
  const pairs = pairsOf(names, images, labels);
  if (without.length + alone.length === 0) return pairs;
  const message = without.length > 0
    ? await withoutMask(without, images, labels, advice)
    : `Cannot pair ${images.dir} with ${labels.dir}: needs an image of the same name for each mask, ` +
      `got ${alone.length} without image (${firstOf(alone)}); ` +
      (advice ?? `add the missing files to ${images.dir} or remove these`);
  throw new UnpairedError(message, pairs, without, alone);
}

/**
 * Pairs the images and label files that a list file names, one name a line, in its order and without
 * the excepted names. Names without a file are a RangeError; files that the list does not name are of
 * no interest.
 */
export async function pairNamed(
  list: string,
  images: NamedFiles,
  labels: NamedFiles,
  except: ReadonlySet<string> = new Set(),
): Promise<readonly Pair[]> {
  const names = (await readNames(list)).filter((name) => !except.has(name));
  for (const [what, files] of [["image", images], ["mask", labels]] as const) {
    const absent = missing(names, files);
    if (absent.length === 0) continue;
    const complete = names.filter((name) => images.byName.has(name) && labels.byName.has(name));
    throw new UnpairedError(
      `Cannot use the list ${list}: needs an image and a mask for each of its ${names.length} names, ` +
        `got ${absent.length} without ${what} in ${files.dir} (${firstOf(absent)}); ` +
        `unpack the whole archive again, or remove these names from the list`,
      pairsOf(complete, images, labels),
      missing(names, labels),
      missing(names, images),
    );
  }
  return pairsOf(names, images, labels);
}

async function readNames(list: string): Promise<readonly string[]> {
  const text = await readFile(list, "utf8").catch((cause) => {
    throw new RangeError(
      `Cannot read ${list}: needs a text file of names, one a line, got ${cause.code ?? cause}`,
      { cause },
    );
  });
  const names = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (names.length > 0) return names;
  throw new RangeError(`Cannot read ${list}: needs names, one a line, got none`);
}

function pairsOf(names: readonly string[], images: NamedFiles, labels: NamedFiles): Pair[] {
  return names.map((name) => ({
    name,
    image: images.byName.get(name)!,
    labels: labels.byName.get(name)!,
  }));
}

/** The pairs with their files of instances if all of them have one, or else as they are. */
export function withInstances(pairs: readonly Pair[], { byName }: NamedFiles): readonly Pair[] {
  const found = pairs.map(({ name }) => byName.get(name));
  if (found.includes(undefined)) return pairs;
  return pairs.map((pair, i) => ({ ...pair, instances: found[i]! }));
}

async function withoutMask(
  without: readonly string[],
  images: NamedFiles,
  labels: NamedFiles,
  advice?: string,
): Promise<string> {
  const { byName: jpegs } = await filesByName(labels.dir, JPEG_FILE);
  const names = [...labels.byName.keys()];
  const reason = without.some((name) => jpegs.has(name))
    ? `JPEG files (${jpegs.size} in it) are no masks, because JPEG compression smears labels; ` +
      `make the masks again as PNG`
    : names.length > 0 && without.length === images.byName.size
    ? `no name of an image is that of a mask (${firstOf(names)}); ` +
      (advice ?? `rename one of them`)
    : advice ?? `add the missing files to ${labels.dir} or remove these images`;
  return `Cannot pair ${images.dir} with ${labels.dir}: needs a label PNG of the same name for each ` +
    `image, got ${without.length} without mask (${firstOf(without)}); ${reason}`;
}

function missing(names: Iterable<string>, { byName }: NamedFiles): string[] {
  return [...names].filter((name) => !byName.has(name));
}

function hidden(file: string): boolean {
  return file.split(sep).some((part) => part.startsWith("."));
}
