import { basename, join, relative, resolve, sep } from "node:path";
import { detect } from "../annotations/detect.ts";
import { type FoundPair, type FoundSet, PLAIN_DRAWING } from "../annotations/found_set.ts";
import type { Split } from "../data/dataset.ts";
import { divisible } from "../data/holdout.ts";
import { colourKey } from "../data/label_table.ts";
import { listPairs, type Pair } from "../data/pairs.ts";
import type { Divisible } from "../data/split.ts";
import { IGNORE } from "../images/image.ts";
import type { OnProgress } from "../progress.ts";
import { dividablePairs, isDivided } from "../sets/found.ts";
import { type PlainFolders, plainFolders, suggestDescription } from "./description.ts";
import { faultFindings } from "./findings.ts";
import { inspectLabels } from "./inspect.ts";
import type { Finding } from "./problem.ts";

/** Data that a description can be written of. */
export interface Describable {
  /** What was found, on one line. */
  readonly format: string;
  readonly classes: readonly string[];
  /** The examples that can be divided, by who divides them: those of both splits. */
  readonly examples: readonly Divisible[];
  /** The files of these examples. */
  readonly pairs: readonly Pair[];
  /** The indices of those that are held out already; null where nobody has divided them. */
  readonly held: ReadonlySet<number> | null;
  readonly findings: readonly Finding[];
  /** The description, to stand in a folder, with names that are held out, or as it is divided already. */
  describe(folder: string, val: readonly string[] | null): Record<string, unknown>;
}

/**
 * What can be described of a folder or a file: what a labelling tool has written, or images and masks
 * of the same names in `images` and `masks` (or `labels`, `annotations`), also below `train` and `val`.
 */
export async function describable(path: string, onProgress?: OnProgress): Promise<Describable> {
  const opening = await detect(path).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    return null;
  });
  if (opening) return await ofTool(await opening(PLAIN_DRAWING));
  const plain = await plainFolders(path, "train").catch(() => undefined);
  if (plain) return await ofFolders(path, plain, onProgress);
  throw new RangeError(
    `Cannot describe ${path}: needs what a labelling tool has written, or a folder with images and ` +
      `masks of the same names in it, got neither`,
  );
}

async function ofTool(set: FoundSet): Promise<Describable> {
  const pairs = dividablePairs(set);
  const examples = await divisible(pairs, set.tableFor, ({ present }: FoundPair) => present);
  const faults = [...set.faults, ...pairs.flatMap(({ faults = [] }) => faults)];
  const held = pairs.flatMap(({ part }, index) => part === "val" ? [index] : []);
  return {
    format: set.format,
    classes: set.classes,
    examples,
    pairs,
    held: isDivided(set) ? new Set(held) : null,
    findings: faultFindings(faults, false),
    describe: (folder, val) => ({
      name: nameOf(set.place),
      annotations: shownPath(folder, set.place),
      classes: set.classes.map((name, i) => ({ name, colour: set.palette[i]! })),
      ...val && { val },
    }),
  };
}

async function ofFolders(
  root: string,
  train: PlainFolders,
  onProgress?: OnProgress,
): Promise<Describable> {
  const apart = await valFolders(root, train);
  const pairsIn = ({ images, labels }: PlainFolders) =>
    listPairs(join(root, images), join(root, labels));
  const [own, held] = [await pairsIn(train), apart ? await pairsIn(apart) : []];
  const pairs = [...own, ...held];
  const source = { name: basename(root), classes: [], palette: [], pairs };
  const suggested = suggestDescription(await inspectLabels(source, onProgress), root, train, train);
  if (!suggested) {
    throw new RangeError(
      `Cannot describe ${root}: needs masks of two values or more that can be read and look neither ` +
        `smeared nor resized, got others; look at what the label check says of them`,
    );
  }
  const { classes, ignore } = suggested;
  const keyOf = (channels: 1 | 3) =>
    new Map(
      classes.map(({ value, colour }, index) =>
        [channels === 1 ? value ?? index : colourKey(...colour), index] as const
      ),
    );
  const tables = { 1: keyOf(1), 3: keyOf(3) };
  const examples = await divisible(pairs, (raw) => tables[raw.channels]);
  return {
    format: `images and masks in ${train.images} and ${train.labels}`,
    classes: classes.map(({ name }) => name),
    examples,
    pairs,
    held: apart ? new Set(held.map((_, index) => own.length + index)) : null,
    findings: [],
    describe: (folder, val) => {
      if (apart && val) throw divided(root, train, apart);
      const at = ({ images, labels }: PlainFolders) => ({
        images: shownPath(folder, join(root, images)),
        labels: shownPath(folder, join(root, labels)),
      });
      const shown = { name: nameOf(root), classes, ignore: ignore === IGNORE ? undefined : ignore };
      return { ...shown, train: at(train), val: val ?? at(apart!) };
    },
  };
}

function divided(root: string, train: PlainFolders, val: PlainFolders): RangeError {
  return new RangeError(
    `Cannot divide ${root} anew: needs all images in one folder, got ${train.images} and ${val.images}`,
  );
}

/** The folders of val beside those of train, where they are. */
async function valFolders(root: string, train: PlainFolders): Promise<PlainFolders | null> {
  const val = await plainFolders(root, "val" satisfies Split);
  return val && val.images !== train.images ? val : null;
}

function nameOf(path: string): string {
  return basename(resolve(path)).replace(/\.\w+$/, "") || "data";
}

/** A path as a description in a folder has it. */
function shownPath(folder: string, path: string): string {
  return relative(folder, path).replaceAll(sep, "/") || ".";
}
