import { basename, dirname, join } from "node:path";
import { commonEnding } from "../data/mask_endings.ts";
import { filesByName, IMAGE_FILE, LABEL_FILE, type NamedFiles } from "../data/named_files.ts";
import { listPairs, type Pair, pairNamed, pairUp } from "../data/pairs.ts";
import { isFolder } from "../files.ts";
import { listFiles } from "../listing.ts";
import { completePalette } from "../images/voc_colour.ts";
import { type Part, partOf } from "./annotated.ts";
import { readClassTable } from "./class_table.ts";
import type { FoundPair, FoundSet } from "./found_set.ts";

/** What folders of the parts are called. */
const PARTS = [
  ["train", ["train", "training"]],
  ["val", ["val", "valid", "validation"]],
  ["test", ["test", "testing"]],
] as const satisfies readonly (readonly [Part, readonly string[]])[];
const MASKS = ["masks", "labels", "annotations", "SegmentationClass", "mask", "label"];
const IMAGES = ["images", "JPEGImages", "image"];
/** What is behind the name of a folder of images in that of the folder of its masks. */
const ENDINGS = ["_labels", "_masks", "annot", "_annot", "_label", "_mask", "_annotations"];

/**
 * Opens masks with a table of classes beside them (see `readClassTable`): a folder for each part, with
 * images and masks in it, in `images` and `masks` below it or in these above it, or beside one of the
 * same name and `_labels`; or all in one; or in CVAT's layout, with its lists.
 */
export async function maskFolders(tableFile: string, root: string): Promise<FoundSet> {
  const table = await readClassTable(tableFile);
  const pairs = await cvatPairs(root) ?? await pairsByPart(root) ?? await pairsOf(root, "", null);
  if (pairs === null) {
    throw new RangeError(
      `Cannot open ${root}: needs images and masks beside ${
        basename(tableFile)
      }, in one folder or in ` +
        `images and masks, or in train and val, got none`,
    );
  }
  const { format, classes, tableFor } = table;
  return {
    format,
    place: root,
    classes: classes.map(({ name }) => name),
    palette: completePalette(classes),
    pairs,
    tableFor,
    faults: [],
  };
}

async function pairsByPart(root: string): Promise<readonly FoundPair[] | null> {
  const found: FoundPair[] = [];
  for (const [part, names] of PARTS) {
    for (const name of names) found.push(...await pairsOf(root, name, part) ?? []);
  }
  return found.length > 0 ? found : null;
}

/** The pairs of a part, "" for the whole; null where there are no folders of it. */
async function pairsOf(
  root: string,
  name: string,
  part: Part | null,
): Promise<readonly FoundPair[] | null> {
  const beside = name === "" ? [] : ENDINGS.map((ending) => [name, name + ending] as const);
  const nested = IMAGES.flatMap((images) =>
    MASKS.flatMap((masks) => [
      [join(name, images), join(name, masks)] as const,
      [join(images, name), join(masks, name)] as const,
    ])
  );
  for (const [images, masks] of [...beside, ...nested]) {
    const [imageDir, maskDir] = [join(root, images), join(root, masks)];
    if (await isFolder(imageDir) && await isFolder(maskDir)) {
      return inPart(await pairsByEnding(imageDir, maskDir), part);
    }
  }
  const own = join(root, name);
  if (!await isFolder(own) || !(await listFiles(own)).some((file) => IMAGE_FILE.test(file))) {
    return null;
  }
  return inPart(await listPairs(own, own), part);
}

function inPart(pairs: readonly Pair[], part: Part | null): readonly FoundPair[] {
  return pairs.map((pair) => ({ ...pair, part }));
}

/** Pairs masks that are called as their images, or so with one ending. */
async function pairsByEnding(imageDir: string, maskDir: string): Promise<readonly Pair[]> {
  const images = await filesByName(imageDir, IMAGE_FILE);
  const masks = await filesByName(maskDir, LABEL_FILE);
  const alike = [...masks.byName.keys()].some((name) => images.byName.has(name));
  const ending = alike
    ? undefined
    : commonEnding([...images.byName.keys()], [...masks.byName.keys()]);
  if (ending === undefined) return await pairUp(images, masks);
  const named = [...masks.byName].map(([name, file]) =>
    [name.endsWith(ending) ? name.slice(0, -ending.length) : name, file] as const
  );
  return await pairUp(images, { ...masks, byName: new Map(named) });
}

/** The pairs of CVAT's and Pascal VOC's layout by its lists; null where it is not this layout. */
async function cvatPairs(root: string): Promise<readonly FoundPair[] | null> {
  const lists = join(root, "ImageSets", "Segmentation");
  const masks = join(root, "SegmentationClass");
  if (!await isFolder(lists) || !await isFolder(masks)) return null;
  const images = await imagesBeside(root, masks);
  const labels = await filesByName(masks, LABEL_FILE, { recursive: true });
  const named = (await listFiles(lists)).filter((file) => file.endsWith(".txt"));
  const others = named.filter((file) => partOf(file) !== null);
  const found: FoundPair[] = [];
  for (const file of others.length > 0 ? others : named) {
    found.push(...inPart(await pairNamed(join(lists, file), images, labels), partOf(file)));
  }
  return found;
}

/** The images of a root wherever they are, by their paths below the folder that is nearest to them. */
async function imagesBeside(root: string, masks: string): Promise<NamedFiles> {
  for (const name of IMAGES) {
    const dir = join(root, name);
    if (await isFolder(dir)) return await filesByName(dir, IMAGE_FILE, { recursive: true });
  }
  const files = (await listFiles(root, { recursive: true }))
    .filter((file) => IMAGE_FILE.test(file) && !/^Segmentation/.test(file));
  if (files.length === 0) {
    throw new RangeError(
      `Cannot open ${root}: needs the images of its masks, in JPEGImages, got none; export them with ` +
        `the annotations, or copy them to ${join(dirname(masks), "JPEGImages")}`,
    );
  }
  return await filesByName(root, IMAGE_FILE);
}
