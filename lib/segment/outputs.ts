import { existsSync } from "node:fs";
import { dirname, join, parse, relative, resolve, sep } from "node:path";
import { z } from "zod";
import type { Outline } from "../annotations/outlines.ts";
import { geojsonOf } from "../annotations/written_geojson.ts";
import { labelmeEntries } from "../annotations/written_labelme.ts";
import { writeAtomically } from "../files.ts";
import { georeferenceOf } from "../images/georeference.ts";
import { withRemedy } from "../remedy.ts";
import { shortened } from "../short_name.ts";
import { readText } from "../text_file.ts";
import { listed } from "../words.ts";
import { idPngs, isIdPng, jointPaths } from "./joint_files.ts";
import { isAsWritten, signedJson } from "./own_json.ts";
import { endingsOf, PICTURE_ENDINGS, type Saving } from "./saving.ts";
import type { Segmentation } from "./segmentation.ts";

/** What the JSON of a result has, by which it is told from another's, such as a labelling tool's. */
const resultSchema = z.object({
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
  objects: z.array(z.strictObject({
    id: z.int(),
    index: z.int(),
    name: z.string(),
    thing: z.boolean(),
    pixels: z.int(),
    share: z.number(),
    score: z.number().nullable(),
  })).exactOptional(),
});

/**
 * Writes of a picture what is to be saved, but for its probabilities: `<stem>.json`, in which labelme's
 * entries are too, `<stem>_overlay.png`, `<stem>_labels.png` and so on.
 */
export async function writeSegmentation(
  stem: string,
  file: string,
  segmentation: Segmentation,
  outlines: readonly Outline[],
  { saved }: Saving,
): Promise<void> {
  if (endingsOf(saved).length === 0) return;
  const { labels, classes } = segmentation;
  const overlay = saved.has("overlays")
    ? await (segmentation.objects ?? segmentation).overlay()
    : null;
  // First, since the pictures beside it are known for results by it.
  await writeAtomically(`${stem}.json`, resultText(stem, file, segmentation, outlines, saved));
  const png = async (ending: string, bytes: Promise<Uint8Array>) =>
    await writeAtomically(stem + ending, await bytes);
  await Promise.all([
    overlay?.save(`${stem}_overlay.png`),
    saved.has("masks") && png("_labels.png", segmentation.labelPng()),
    saved.has("masks") && writeGeoTiff(`${stem}_labels.tif`, file, segmentation),
    saved.has("confidence") && png("_confidence.png", segmentation.mapPng("confidence")),
    saved.has("confidence") && png("_margin.png", segmentation.mapPng("margin")),
    saved.has("geojson") &&
    writeAtomically(`${stem}.geojson`, signedJson(geojsonOf(outlines, classes, file, labels))),
  ]);
}

/** Writes the label map of a GeoTIFF as one that lies where the picture does; of other files, nothing. */
async function writeGeoTiff(path: string, file: string, segmentation: Segmentation): Promise<void> {
  const georeference = await georeferenceOf(file);
  if (georeference.length === 0) return;
  await writeAtomically(path, segmentation.labelTiff(georeference));
}

function resultText(
  stem: string,
  file: string,
  segmentation: Segmentation,
  outlines: readonly Outline[],
  saved: Saving["saved"],
): string {
  const result = { file, ...segmentation.toJSON() };
  if (!saved.has("labelme")) return JSON.stringify(result, null, 2) + "\n";
  const { classes, labels } = segmentation;
  const path = posixPath(relative(dirname(resolve(stem)), resolve(file)));
  return signedJson({ ...labelmeEntries(outlines, classes, path, labels), ...result });
}

/** Whether a picture is the overlay, the label map, the ids or another map of an earlier segmentation. */
export async function isResult(file: string): Promise<boolean> {
  const ending = PICTURE_ENDINGS.find((ending) => file.endsWith(ending));
  if (ending === undefined) return await isIdPng(file);
  const text = await textOf(`${file.slice(0, -ending.length)}.json`);
  return text !== null && isResultJson(text, resultSchema);
}

function isResultJson(text: string, schema: z.ZodType): boolean {
  try {
    return schema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

async function textOf(path: string): Promise<string | null> {
  return existsSync(path) ? await readText(path).catch(() => null) : null;
}

/** Whether a JSON file is an earlier result that nobody has changed since. */
async function isReplaceable(path: string): Promise<boolean> {
  const text = await textOf(path);
  return text !== null && (isAsWritten(text) || isResultJson(text, resultSchema.strict()));
}

/**
 * Refuses names of files that would take the place of somebody's own: of a picture that is segmented, of
 * its masks, of what a labelling tool wrote beside it or made of an earlier result. Earlier results are
 * replaced.
 */
export async function requireFree(
  folder: string,
  stems: readonly string[],
  saving: Saving,
): Promise<void> {
  const { saved } = saving;
  const taken: string[] = [];
  const pngs = idPngs(folder, stems, saving);
  for (const [i, stem] of stems.entries()) {
    const paths = [...endingsOf(saved).map((ending) => stem + ending), ...pngs.slice(i, i + 1)];
    const there = paths.filter((path) => existsSync(path));
    if (there.length === 0) continue;
    const isOwn = await isReplaceable(`${stem}.json`);
    taken.push(...isOwn ? await changedOf(there) : there);
  }
  const own = endingsOf(saved).length > 0 ? stems.map((stem) => sameName(`${stem}.json`)) : [];
  for (const joint of jointPaths(folder, saving)) {
    const isClash = own.includes(sameName(joint));
    if (isClash || existsSync(joint) && !await isReplaceable(joint)) taken.push(joint);
  }
  if (taken.length === 0) return;
  const error = new RangeError(
    `Cannot write results: names that are free or an earlier result's needed, got ` +
      `${listed(taken, (path) => path)}, which would be lost`,
  );
  throw withRemedy(error, { kind: "otherFolder" });
}

/** Those GeoJSON files that somebody has changed since they were written. */
async function changedOf(paths: readonly string[]): Promise<string[]> {
  const found = paths.filter((path) => path.endsWith(".geojson"));
  const own = await Promise.all(found.map(isReplaceable));
  return found.filter((_, i) => !own[i]);
}

/** Refuses to go on where results are gone: somebody removed the folder under the work. */
export function requireKept(stems: readonly string[], { saved }: Saving): void {
  const written = endingsOf(saved).length > 0 ? stems : [];
  const gone = written.map((stem) => `${stem}.json`).filter((path) => !existsSync(path));
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
  const common = folderOf(files);
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

/** The names of files below the folder that is common to all, as other systems read them too. */
export function namesBelow(files: readonly string[]): string[] {
  const common = folderOf(files);
  return files.map((file) => posixPath(relative(common, resolve(file))));
}

function posixPath(path: string): string {
  return path.replaceAll(sep, "/");
}

function folderOf(files: readonly string[]): string {
  return files.map((file) => dirname(resolve(file))).reduce(commonFolder);
}

function commonFolder(a: string, b: string): string {
  return a === b || b.startsWith(join(a, "/")) ? a : commonFolder(dirname(a), b);
}
