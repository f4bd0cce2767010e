import { existsSync } from "node:fs";
import { dirname, join, parse, relative, resolve } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../files.ts";
import { withRemedy } from "../remedy.ts";
import { shortened } from "../short_name.ts";
import { readText } from "../text_file.ts";
import { listed } from "../words.ts";
import type { Segmentation } from "./segmentation.ts";

/** What a stem's three files are called. */
const ENDINGS = ["_overlay.png", "_labels.png", ".json"] as const;

/** What the JSON of a result has, by which it is told from another's, such as a labelling tool's. */
const resultSchema = z.strictObject({
  file: z.string(),
  width: z.int(),
  height: z.int(),
  classes: z.array(z.strictObject({
    index: z.int(),
    name: z.string(),
    pixels: z.int(),
    share: z.number(),
    confidence: z.number(),
  })),
});

/** Writes `<stem>_overlay.png`, `<stem>_labels.png` and `<stem>.json`. */
export async function writeSegmentation(
  stem: string,
  file: string,
  segmentation: Segmentation,
): Promise<void> {
  const overlay = await segmentation.overlay();
  // First, since the pictures beside it are known for results by it.
  await writeAtomically(
    `${stem}.json`,
    JSON.stringify({ file, ...segmentation.toJSON() }, null, 2) + "\n",
  );
  await Promise.all([
    overlay.save(`${stem}_overlay.png`),
    writeAtomically(`${stem}_labels.png`, await segmentation.labelPng()),
  ]);
}

/** Whether a picture is the overlay or the label map of an earlier segmentation. */
export async function isResult(file: string): Promise<boolean> {
  const ending = ENDINGS.find((ending) => file.endsWith(ending));
  return ending !== undefined && await isResultJson(`${file.slice(0, -ending.length)}.json`);
}

async function isResultJson(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    return resultSchema.safeParse(JSON.parse(await readText(path))).success;
  } catch {
    return false;
  }
}

/**
 * Refuses stems whose files would take the place of somebody's own: of a picture that is segmented, of
 * its masks, of what a labelling tool wrote beside it. Earlier results are replaced.
 */
export async function requireFree(stems: readonly string[]): Promise<void> {
  const taken: string[] = [];
  for (const stem of stems) {
    const there = ENDINGS.map((ending) => stem + ending).filter((path) => existsSync(path));
    if (there.length > 0 && !await isResultJson(`${stem}.json`)) taken.push(...there);
  }
  if (taken.length === 0) return;
  const error = new RangeError(
    `Cannot write results: names that are free or an earlier result's needed, got ` +
      `${listed(taken, (path) => path)}, which would be lost`,
  );
  throw withRemedy(error, { kind: "otherFolder" });
}

/** Refuses to go on where results are gone: somebody removed the folder under the work. */
export function requireKept(stems: readonly string[]): void {
  const gone = stems.map((stem) => `${stem}.json`).filter((path) => !existsSync(path));
  if (gone.length === 0) return;
  throw new Error(
    `Cannot go on with the segmentation: what it wrote needed, got nothing at ` +
      `${listed(gone, (path) => path)}: the folder was removed or emptied meanwhile; segment again`,
  );
}

/**
 * A name without extension in `folder` for each file: as the files lie below the folder that is common
 * to all, with the extension as a part of the name where two files differ in nothing else, and a
 * number where that is another's name. Names that a disk takes for the same are the same.
 */
export function stemsIn(folder: string, files: readonly string[]): string[] {
  const paths = files.map((file) => parse(resolve(file)));
  const common = paths.map(({ dir }) => dir).reduce(commonFolder);
  const named = ({ dir }: { dir: string }, name: string) =>
    join(folder, relative(common, dir), shortened(name));
  const stems = paths.map((path) => named(path, path.name));
  const counts = Map.groupBy(stems, sameName);
  const isAlone = (stem: string) => counts.get(sameName(stem))!.length === 1;
  const taken = new Set(stems.filter(isAlone).map(sameName));
  return stems.map((stem, i) => {
    if (isAlone(stem)) return stem;
    const longer = paths[i]!.base.replaceAll(".", "_");
    for (let n = 1;; n++) {
      const free = named(paths[i]!, n === 1 ? longer : `${longer}_${n}`);
      if (taken.size < taken.add(sameName(free)).size) return free;
    }
  });
}

/** Disks of Macs and of Windows tell neither case nor spellings of Unicode apart. */
function sameName(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

function commonFolder(a: string, b: string): string {
  return a === b || b.startsWith(join(a, "/")) ? a : commonFolder(dirname(a), b);
}
