import { join } from "node:path";
import { isFolder } from "../files.ts";
import { decodeLabels, decodeMask, decodePhoto, withPalette } from "../images/decode.ts";
import type { Objects } from "../images/objects.ts";
import { type MaskFile, openMask, openPicture, type PictureFile } from "../images/picture_file.ts";
import { type Reading, sizeAs } from "../images/reading.ts";
import { withRemedy } from "../remedy.ts";
import { bandReading } from "./band_reading.ts";
import type { DiskDataset, DiskSource, Example } from "./dataset.ts";
import { checkSizes, keyAt, labelMapOf } from "./label_table.ts";
import { objectsOf } from "./objects_of.ts";
import { type Pair, UnpairedError } from "./pairs.ts";
import { drawnExample, drawnObjects } from "./drawn_example.ts";
import { type Turning, turningOf } from "./exif_turning.ts";

/**
 * A data set of files. An example is decoded and checked each time it is asked for and not kept (see
 * `keepInMemory`). It has `instances` where the source knows them and all pairs have files of them.
 */
export async function diskDataset(opened: OpenedSource): Promise<DiskDataset> {
  const pairs = await pairsOf(opened);
  const reading = await bandReading(pairs, opened.reading);
  const source = { ...opened, pairs, ...reading && { reading } };
  const { name, classes, palette, instanceOf, things } = source;
  const dataset = {
    name,
    classes,
    palette,
    ...things && { things },
    length: pairs.length,
    source,
    example: (index: number) => readExample(source, index),
  };
  if (pairs.every(({ drawn }) => drawn?.objects)) {
    return { ...dataset, objects: async (index) => await readDrawnObjects(source, index) };
  }
  if (!instanceOf || pairs.some(({ instances }) => instances === undefined)) return dataset;
  const instances = async (index: number) => await readInstances(source, index, instanceOf);
  return {
    ...dataset,
    instances,
    ...things && {
      objects: async (index: number) => {
        const { labels } = await readExample(source, index);
        return objectsOf(labels, await instances(index), things);
      },
    },
  };
}

async function readDrawnObjects(source: DiskSource, index: number): Promise<Objects> {
  const pair = pairAt(source, index);
  const { draw, size, objects } = pair.drawn!;
  return await drawnObjects(pair, { draw, size, objects: objects! }, source.reading ?? {});
}

/** The data set with its files read in another way. */
export async function readAs({ source }: DiskDataset, reading: Reading): Promise<DiskDataset> {
  return await diskDataset({ ...source, reading });
}

/** A source whose pairs may still be being listed. */
type OpenedSource = Omit<DiskSource, "pairs"> & {
  readonly pairs: readonly Pair[] | Promise<readonly Pair[]>;
};

/** A data set that is refused because files of it lack their partner; `source` is the rest of it. */
export class IncompleteError extends RangeError {
  constructor(readonly source: DiskSource, override readonly cause: UnpairedError) {
    super(cause.message, { cause });
  }
}

async function pairsOf(opened: OpenedSource): Promise<readonly Pair[]> {
  try {
    return await opened.pairs;
  } catch (error) {
    if (!(error instanceof UnpairedError)) throw error;
    throw new IncompleteError({ ...opened, pairs: error.pairs }, error);
  }
}

async function readExample(source: DiskSource, index: number): Promise<Example> {
  const pair = pairAt(source, index);
  const { reading = {} } = source;
  if (pair.drawn) return await drawnExample(pair, pair.drawn, reading);
  const { photo, mask, turning } = await openPair(pair, reading);
  const [{ image }, raw] = await Promise.all([
    decodePhoto(photo, { ...reading, exif: turning.image }),
    decodeMask(mask, { ...reading, exif: turning.labels }),
  ]);
  checkSizes(image, pair.image, raw, pair.labels);
  const labels = labelMapOf(raw, source.tableFor(withPalette(raw, mask), pair.labels), pair.labels);
  return { name: pair.name, image, labels };
}

interface OpenedPair {
  readonly photo: PictureFile;
  readonly mask: MaskFile;
  readonly turning: Turning;
}

/** The files of a pair, and how they are turned; a RangeError where that is in doubt. */
async function openPair({ image, labels }: Pair, reading: Reading): Promise<OpenedPair> {
  const [photo, mask] = await Promise.all([openPicture(image), openMask(labels)]);
  const turning = turningOf(photo.header, mask.header, reading);
  if (turning.doubt === null) return { photo, mask, turning };
  const error = new RangeError(
    `Cannot pair ${image} with ${labels}: needs a mask turned like its image, got what may be ` +
      `another way: ${turning.doubt}; look at one, and have EXIF's orientation applied where masks ` +
      `were drawn on images as they are shown, or ignored where on images as they are stored`,
  );
  throw withRemedy(error, { kind: "exif" });
}

/** The things of an example [h, w]; an instance file is turned as its mask is. */
async function readInstances(
  source: DiskSource,
  index: number,
  instanceOf: (value: number) => number,
): Promise<Uint16Array> {
  const { reading = {} } = source;
  const pair = pairAt(source, index);
  const { labels, instances: file } = pair;
  const { mask, turning: { labels: exif } } = await openPair(pair, reading);
  const raw = await decodeLabels(file!, { ...reading, exif });
  checkSizes(sizeAs(exif, mask.header), labels, raw, file!);
  const { colouredInstances = false } = source;
  if ((raw.channels === 3) !== colouredInstances) {
    const kinds = ["a grey or palette PNG", "an RGB one"];
    const [needs, got] = colouredInstances ? kinds.reverse() : kinds;
    throw new RangeError(
      `Cannot read the instances of ${file}: needs ${needs}, got ${got}; ` +
        `take the file as it was published`,
    );
  }
  return Uint16Array.from({ length: raw.width * raw.height }, (_, i) => instanceOf(keyAt(raw, i)));
}

function pairAt({ name, pairs }: DiskSource, index: number): Pair {
  const pair = pairs[index];
  if (pair) return pair;
  throw new RangeError(
    `Cannot read an example of ${name}: needs an index from 0 to ${pairs.length - 1}, got ${index}`,
  );
}

/** The folders by which the layout of a data set is known. */
export interface Layout {
  /** What is opened, for the error: "ADE20K's train split". */
  readonly title: string;
  /** Folders below the root that may hold the data set, "" for the root itself. */
  readonly within: readonly string[];
  /** What it holds. */
  readonly folders: readonly string[];
  /** What to do where it is not there. */
  readonly advice: string;
}

/** The first place at or below `root` that holds all folders of a layout, or else a RangeError. */
export async function findLayout(root: string, layout: Layout): Promise<string> {
  const { title, within, folders, advice } = layout;
  const absent = new Map<string, readonly string[]>();
  for (const place of within.map((folder) => join(root, folder))) {
    const there = await Promise.all(folders.map((folder) => isFolder(join(place, folder))));
    const lacking = folders.filter((_, i) => !there[i]).map((folder) => join(place, folder));
    if (lacking.length === 0) return place;
    absent.set(place, lacking);
  }
  const nearest = [...absent.values()].sort((a, b) => a.length - b.length)[0]!;
  const got = await isFolder(root) ? nearest.join(" and no ") : root;
  throw new RangeError(
    `Cannot open ${title}: needs the folders ${folders.join(" and ")} ` +
      `in ${within.map((folder) => join(root, folder)).join(" or ")}, got no ${got}; ${advice}`,
  );
}
