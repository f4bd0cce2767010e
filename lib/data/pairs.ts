import { realpath } from "node:fs/promises";
import type { LabelMap } from "../images/image.ts";
import type { Objects } from "../images/objects.ts";
import { readText } from "../text_file.ts";
import { counted, firstOf } from "../words.ts";
import { commonEnding, maskEndings } from "./mask_endings.ts";
import {
  IMAGE_FILE,
  LABEL_FILE,
  listed,
  named,
  type NamedFiles,
  nameOf,
  ofNames,
  READ_FORMATS,
  UNREAD_IMAGE_FILE,
} from "./named_files.ts";
import { imagesAndLabels } from "./sub_folders.ts";

const JPEG_FILE = /\.(jpe?g|jfif)$/i;
/** What else masks are saved as. */
const ARRAY_FILE = /\.(npy|npz|mat|json|xml)$/i;

/** An image file and its label file, and the file of its instances where there is one. */
export interface Pair {
  readonly name: string;
  readonly image: string;
  readonly labels: string;
  readonly instances?: string;
  /** How the labels are drawn where `labels` is a file of annotations and no PNG. */
  readonly drawn?: DrawnLabels;
}

/** Labels that annotations say, drawn when they are read. */
export interface DrawnLabels {
  /** Columns and rows of the image that was annotated; null where annotations are of any size. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** The labels of an image of a size, [height, width]. */
  draw(size: { readonly width: number; readonly height: number }): Promise<LabelMap>;
  /** The objects of an image of a size, where annotations tell them apart. */
  objects?(size: { readonly width: number; readonly height: number }): Promise<Objects>;
}

/** Images or masks without partner. `pairs` are those that have one: the label check goes on with them. */
export class UnpairedError extends RangeError {
  constructor(
    message: string,
    /** Why that may be, and what to do; the message ends with it. */
    readonly advice: string,
    readonly pairs: readonly Pair[],
    /** Names without partner. */
    readonly images: readonly string[],
    readonly masks: readonly string[],
  ) {
    super(`${message}; ${advice}`);
  }
}

/**
 * Pairs the images of one folder with the label PNGs of another by file name without extension, in
 * the order of names, with those of sub-folders that both have (see `imagesAndLabels`); in one and the
 * same folder, masks have the names of their images and one ending.
 * An image without mask or a mask without image is a RangeError with names.
 */
export async function listPairs(imageDir: string, labelDir: string): Promise<readonly Pair[]> {
  if (await isSame(imageDir, labelDir)) return await pairsWithin(imageDir);
  return await pairUp(...await imagesAndLabels(imageDir, labelDir));
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.allSettled([realpath(a), realpath(b)]);
  return first.status === "fulfilled" && second.status === "fulfilled" &&
    first.value === second.value;
}

/** Pairs `NAME.jpg` with `NAME.png` or `NAME_mask.png`, whatever one ending all masks have. */
async function pairsWithin(dir: string): Promise<readonly Pair[]> {
  const all = await listed(dir);
  const files = all.filter((file) => IMAGE_FILE.test(file));
  const unread = all.filter((file) => UNREAD_IMAGE_FILE.test(file));
  if (unread.length > 0 && files.every((file) => !LABEL_FILE.test(file))) {
    throw new RangeError(
      `Cannot pair images and masks of ${dir}: needs label PNGs, got none, but ` +
        `${counted(unread.length, "file")} of other formats (${
          firstOf(unread)
        }); save masks as grey ` +
        `or palette PNGs with the same values, and photos as one of ${READ_FORMATS}`,
    );
  }
  const ending = endingWithin(dir, files, unread);
  const isMask = (file: string) =>
    LABEL_FILE.test(file) && nameOf(file, LABEL_FILE).endsWith(ending);
  const [images, masks] = [files.filter((file) => !isMask(file)), files.filter(isMask)];
  return await pairUp(
    named(dir, images, IMAGE_FILE),
    named(dir, masks, new RegExp(`${escaped(ending)}\\.png$`, "iu")),
    `each image NAME needs a mask NAME${ending}.png beside it, or all masks a folder of their own`,
  );
}

/** A text as a part of a regular expression; Node 22 lacks RegExp.escape. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}_]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}

/** What masks have behind their images' names in a folder of both: "" or, for example, "_mask". */
function endingWithin(dir: string, files: readonly string[], unread: readonly string[]): string {
  const masks = files.filter((file) => LABEL_FILE.test(file)).map((file) =>
    nameOf(file, LABEL_FILE)
  );
  const others = files.filter((file) => !LABEL_FILE.test(file));
  const photos = new Set(others.map((file) => nameOf(file, IMAGE_FILE)));
  const alike = masks.filter((mask) => photos.has(mask)).length;
  // Numbers tell pictures apart: img_10 is no mask of img_1.
  const endings = maskEndings([...photos, ...masks], masks)
    .filter(([ending, count]) =>
      /^[^\p{N}]*\p{L}[^\p{N}]*$/u.test(ending) && 2 * count >= masks.length
    );
  if (2 * alike >= Math.max(1, masks.length) && endings.length === 0) return "";
  const [best, second] = endings;
  if (best !== undefined && best[1] !== second?.[1] && alike < best[1]) return best[0];
  const got = endings.length > 1
    ? `one folder with masks of several endings (${firstOf(endings.map(([ending]) => ending))})`
    : `one folder for both with ${firstOf([...files, ...unread], 3) || "no image"}`;
  throw new RangeError(
    `Cannot pair images and masks of ${dir}: needs two folders, or masks that are named like their ` +
      `images with one ending (NAME.jpg and NAME_mask.png), got ${got}; move the masks to another folder`,
  );
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
    const others = (await listed(images.dir)).filter((file) => UNREAD_IMAGE_FILE.test(file));
    const got = others.length === 0
      ? "none in it"
      : `none in it but ${counted(others.length, "file")} of other formats (${firstOf(others)}); ` +
        `save them as one of those that are read (${READ_FORMATS})`;
    throw new RangeError(`Cannot list ${images.dir}: needs a folder of images, got ${got}`);
  }
  const without = missing(images.byName.keys(), labels);
  const alone = missing(labels.byName.keys(), images);
  const names = [...images.byName.keys()].filter((name) => labels.byName.has(name));
  const pairs = pairsOf(names, images, labels);
  if (without.length + alone.length === 0) return pairs;
  const [needs, got, reason] = without.length > 0
    ? [
      "a label PNG of the same name for each image",
      `${without.length} without mask (${firstOf(without)})`,
      await withoutMask(without, images, labels, advice),
    ]
    : [
      "an image of the same name for each mask",
      `${alone.length} without image (${firstOf(alone)})`,
      await withoutImage(alone, images, advice),
    ];
  const message = `Cannot pair ${images.dir} with ${labels.dir}: needs ${needs}, got ${got}`;
  throw new UnpairedError(message, reason, pairs, without, alone);
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
        `got ${absent.length} without ${what} in ${files.dir} (${firstOf(absent)})`,
      "unpack the whole archive again, or remove these names from the list",
      pairsOf(complete, images, labels),
      missing(names, labels),
      missing(names, images),
    );
  }
  return pairsOf(names, images, labels);
}

async function readNames(list: string): Promise<readonly string[]> {
  const text = await readText(list).catch((cause) => {
    if (cause instanceof SyntaxError) throw cause;
    throw new RangeError(
      `Cannot read ${list}: needs a text file of names, one a line, got ${cause.code ?? cause}`,
      { cause },
    );
  });
  const names = text.normalize("NFC").split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
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

/** Why images have no mask, and what to do. */
async function withoutMask(
  without: readonly string[],
  images: NamedFiles,
  labels: NamedFiles,
  advice?: string,
): Promise<string> {
  const names = [...labels.byName.keys()];
  const ending = commonEnding(without, missing(names, images));
  const renamed = ending === undefined
    ? "rename one of them"
    : `rename the masks without "${ending}", or the images with it`;
  const reason = names.length > 0 && without.length === images.byName.size
    ? `no name of an image is that of a mask (${firstOf(names)}); ${advice ?? renamed}`
    : advice ??
      (ending === undefined
        ? `add the missing files to ${labels.dir} or remove these images`
        : renamed);
  return ending === undefined ? await otherMasks(without, images, labels) ?? reason : reason;
}

/** What to say of masks of these names that are no PNGs; undefined where there are none. */
async function otherMasks(
  without: readonly string[],
  images: NamedFiles,
  { dir }: NamedFiles,
): Promise<string | undefined> {
  if (dir === images.dir) return undefined; // they are the images
  const files = await listed(dir);
  const found = ofNames(without, files, [IMAGE_FILE, UNREAD_IMAGE_FILE, ARRAY_FILE])
    .filter((file) => !LABEL_FILE.test(file));
  if (found.length === 0) return undefined;
  const jpegs = files.filter((file) => JPEG_FILE.test(file));
  return found.some((file) => JPEG_FILE.test(file))
    ? `JPEG files (${jpegs.length} in it) are no masks, because JPEG compression smears labels; ` +
      `make the masks again as PNG`
    : `${counted(found.length, "file")} of these names in it (${firstOf(found)}) ${
      found.length === 1 ? "is no PNG" : "are no PNGs"
    }, the ` +
      `only format of masks that is read: save them as grey or palette PNGs with the same values`;
}

/** Why masks have no image, and what to do. */
async function withoutImage(
  alone: readonly string[],
  { dir }: NamedFiles,
  advice?: string,
): Promise<string> {
  const others = ofNames(alone, await listed(dir), [UNREAD_IMAGE_FILE]);
  if (others.length === 0) return advice ?? `add the missing files to ${dir} or remove these`;
  return `${firstOf(others)} in ${dir} cannot be read: save as one of the formats that can ` +
    `(${READ_FORMATS})`;
}

function missing(names: Iterable<string>, { byName }: NamedFiles): string[] {
  return [...names].filter((name) => !byName.has(name));
}
