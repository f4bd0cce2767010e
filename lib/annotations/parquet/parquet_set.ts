import { join } from "node:path";
import type { DiskSource } from "../../data/dataset.ts";
import { filesByName, IMAGE_FILE, LABEL_FILE } from "../../data/named_files.ts";
import { pairUp } from "../../data/pairs.ts";
import { colourKey, type LabelTable } from "../../data/label_table.ts";
import { type Colour, IGNORE } from "../../images/image.ts";
import { completePalette } from "../../images/voc_colour.ts";
import { counted } from "../../words.ts";
import type { Drawing, FoundPair, FoundSet, MaskCategory } from "../found_set.ts";
import {
  countedClasses,
  countedValue,
  ignoredBeside,
  type MaskClasses,
  namedClasses,
  type ValuedClass,
} from "./mask_classes.ts";
import { openParquet } from "./parquet_file.ts";
import { parquetParts } from "./parquet_parts.ts";
import { type Unpacked, unpackParquet } from "./unpack_parquet.ts";

/**
 * Opens Parquet files with a column of images and one of masks, as data sets of the Hugging Face hub
 * have them; `names` are those of the files below `root`. Their pictures are unpacked beside them.
 */
export async function parquetSet(
  root: string,
  names: readonly string[],
  drawing: Drawing,
): Promise<FoundSet> {
  const parts = parquetParts(root, names);
  const unpacked = await unpackParquet(root, names, drawing.columns);
  const pairs = [...await pairsOf(unpacked, "train"), ...await pairsOf(unpacked, "val")];
  const named = await namedClasses(root, (await openParquet(parts.train[0]!)).written);
  const masks = pairs.map(({ labels }) => labels);
  const meaning = drawing.classes
    ? describedClasses(drawing.classes, named)
    : named ?? await countedClasses(root, masks, join(unpacked.folder, "values.json"));
  const { classes } = meaning;
  const { image, mask } = unpacked.facts.columns;
  const { train, val } = unpacked.facts;
  const without = train.without + val.without;
  return {
    format: `Parquet (columns ${image} and ${mask}; ${meaning.from}` +
      (parts.valIsTest && val.images > 0 ? "; its test part as val" : "") +
      (without > 0 ? `; ${counted(without, "row")} without a mask left out` : "") + ")",
    place: root,
    classes: classes.map(({ name }) => name),
    palette: completePalette(classes),
    pairs,
    tableFor: tables(meaning, root),
    faults: [],
  };
}

async function pairsOf(
  { folder, facts }: Unpacked,
  part: "train" | "val",
): Promise<readonly FoundPair[]> {
  if (facts[part].images === 0) return [];
  const images = await filesByName(join(folder, part, "images"), IMAGE_FILE);
  const labels = await filesByName(join(folder, part, "labels"), LABEL_FILE);
  const advice = `remove ${folder}, and it is unpacked again`;
  return (await pairUp(images, labels, advice)).map((pair) => ({
    ...pair,
    name: `${part}/${pair.name}`,
    part,
  }));
}

/**
 * The classes of a description, with their own values, or those of the data set's classes of these names
 * where all of them are such, or else their places in the list.
 */
function describedClasses(
  classes: readonly MaskCategory[],
  named: MaskClasses | undefined,
): MaskClasses {
  const values = new Map(named?.classes.map(({ name, value }) => [name, value]));
  const known = classes.map(({ name }) => named ? values.get(name) : countedValue(name));
  const isOwn = !known.includes(undefined);
  const valued = classes.map((one, index): ValuedClass => ({
    ...one,
    value: one.value ?? (isOwn ? known[index]! : index),
  }));
  const ignored = isOwn && named ? named.ignored : ignoredBeside(valued);
  return { classes: valued, ignored, from: "classes described" };
}

function tables({ classes, ignored }: MaskClasses, root: string): DiskSource["tableFor"] {
  const values: LabelTable = new Map([
    ...ignored.map((value) => [value, IGNORE] as const),
    ...classes.map(({ value }, index) => [value, index] as const),
  ]);
  const coloured = classes.flatMap(({ colour }, index) => colour ? [{ colour, index }] : []);
  const colours: LabelTable = new Map(
    coloured.map(({ colour, index }) => [colourKey(...colour as Colour), index] as const),
  );
  return ({ channels }, file) => {
    if (channels === 1) return values;
    if (colours.size > 0) return colours;
    throw new RangeError(
      `Cannot use the labels of ${file}: a mask of values needed, or the colours of the classes, got ` +
        `an RGB image; describe ${root} by a JSON file with "classes" that have colours ` +
        `(data/README.md)`,
    );
  };
}
