import { narrowRange } from "../images/narrow_range.ts";
import { inFlight } from "../in_flight.ts";
import type { OnProgress } from "../progress.ts";
import { ALONE, type Ranks, requireSame, textsOf } from "../ranks/ranks.ts";
import { type AddPicture, writeJoint } from "./joint_files.ts";
import { namesBelow, requireFree, requireKept, stemsIn, writeSegmentation } from "./outputs.ts";
import { scaleDoubt } from "./scale_doubt.ts";
import type { PictureModel } from "./picture_model.ts";
import { JOINT, OUTLINED, requireObjectsFor, type Saving, usualSaving } from "./saving.ts";
import type { ClassArea, Segmentation } from "./segmentation.ts";

/** The file that is waited for and the next one. */
const UNDER_WAY = 2;

/** What became of one file of many. */
export type Outcome =
  | {
    readonly file: string;
    readonly segmentation: Segmentation;
    /** Why the picture is next to black or uniform; null where it is not. */
    readonly narrow: string | null;
  }
  | SkippedFile;

/** A file that is no picture that the model can take. */
export interface SkippedFile {
  readonly file: string;
  readonly error: Error;
}

/**
 * Segments files in their order; the next one is decoded while the network sees one. Where a name is
 * given for each, its probabilities are written to it.
 */
export async function* segmentAll(
  model: PictureModel,
  files: readonly string[],
  probabilities: readonly string[] = [],
): AsyncGenerator<Outcome> {
  let index = 0;
  const read = async (file: string) => ({
    file,
    photo: await model.readPhoto(file).catch((error: Error) => error),
  });
  for await (const { file, photo } of inFlight(files, UNDER_WAY, read)) {
    if (photo instanceof Error) yield { file, error: photo };
    else {
      const segmentation = await model.segment(photo.image, probabilities[index]);
      yield { file, segmentation, narrow: narrowRange(photo) };
    }
    index++;
  }
}

/** What hears of the segmentation of files. */
export interface FilesListener {
  readonly onProgress?: OnProgress;
  readonly onSkipped?: (skipped: SkippedFile) => void;
  /**
   * Hears once that a picture, and maybe others, are next to black or uniform, and once that one is shown at
   * a scale far from any that the network learned.
   */
  readonly onWarning?: (text: string) => void;
}

/** The objects of a class in many pictures. */
export interface ObjectCount {
  readonly name: string;
  readonly thing: boolean;
  readonly count: number;
}

/** What became of many files. */
export interface SegmentedFiles {
  /** What each class takes of all pictures together, the largest first. */
  readonly areas: readonly ClassArea[];
  /** How many objects there are of each class in all pictures together, the most first; none of classes alone. */
  readonly objects: readonly ObjectCount[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Segments files and writes what is to be saved into a folder: of each its JSON, overlay, label map and
 * so on, of all together files of COCO's formats. The model was opened for that. Names there that are
 * somebody else's files are an error before anything is done.
 */
export async function segmentFiles(
  model: PictureModel,
  files: readonly string[],
  folder: string,
  listener: FilesListener = {},
  saving: Saving = usualSaving(model.task),
  ranks: Ranks = ALONE,
): Promise<SegmentedFiles> {
  requireObjectsFor(saving, model.task);
  const stems = stemsIn(folder, files);
  await requireFree(folder, stems, saving);
  if (ranks.size > 1) return await segmentShare(stems, model, files, listener, saving, ranks);
  return await writeJoint(
    folder,
    model,
    saving,
    (add) => segmentInto(stems, model, files, listener, saving, add),
  );
}

/** Segments this rank's files, every `size`-th from its own number on; what became of all is known to all. */
async function segmentShare(
  stems: readonly string[],
  model: PictureModel,
  files: readonly string[],
  listener: FilesListener,
  saving: Saving,
  ranks: Ranks,
): Promise<SegmentedFiles> {
  if (JOINT.some((kind) => saving.saved.has(kind))) {
    throw new RangeError(
      `Cannot write one file of COCO's format from ${ranks.size} processes: one alone needed, or labelme's ` +
        `and GeoJSON's, which have a file a picture`,
    );
  }
  requireSame(ranks, "Cannot segment", { pictures: `${files.length} from ${files[0]} on` });
  const own = <T>(list: readonly T[]) => list.filter((_, i) => i % ranks.size === ranks.rank);
  const none = async () => {};
  const share = await segmentInto(own(stems), model, own(files), listener, saving, none);
  const skipped = share.skipped.map(({ file, error }) => ({ file, message: error.message }));
  const all = textsOf(ranks, JSON.stringify({ ...share, skipped }))
    .map((text) => JSON.parse(text) as typeof share & { readonly skipped: typeof skipped });
  return {
    areas: together(all.flatMap(({ areas }) => areas)),
    objects: counted(all.flatMap(({ objects }) => objects)),
    skipped: all.flatMap(({ skipped }) => skipped)
      .map(({ file, message }) => ({ file, error: new Error(message) })),
  };
}

async function segmentInto(
  stems: readonly string[],
  model: PictureModel,
  files: readonly string[],
  { onProgress = () => {}, onSkipped = () => {}, onWarning = () => {} }: FilesListener,
  saving: Saving,
  add: AddPicture,
): Promise<SegmentedFiles> {
  const names = namesBelow(files);
  const outlined = OUTLINED.some((kind) => saving.saved.has(kind));
  const write = async (index: number, segmentation: Segmentation) => {
    const outlines = outlined ? segmentation.outlines(saving) : [];
    await writeSegmentation(stems[index]!, files[index]!, segmentation, outlines, saving);
    await add(names[index]!, segmentation, outlines);
  };
  const probabilities = saving.saved.has("probabilities")
    ? stems.map((stem) => `${stem}_probabilities.npy`)
    : [];
  const tell = (done: number) =>
    onProgress({ title: "segmenting", done, total: files.length, unit: "image" });
  const areas: ClassArea[] = [];
  const objects: ObjectCount[] = [];
  const skipped: SkippedFile[] = [];
  const written: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let done = 0;
  const warned = new Set<string>();
  const warnOnce = (kind: string, text: string | null) => {
    if (text === null || warned.has(kind)) return;
    warned.add(kind);
    onWarning(`${text}; further files like it are not named`);
  };
  tell(done);
  try {
    for await (const outcome of segmentAll(model, files, probabilities)) {
      await writing; // one picture's files at a time, while the network sees the next picture
      requireKept(written.slice(-1), saving);
      if ("error" in outcome) {
        skipped.push(outcome);
        onSkipped(outcome);
      } else {
        const { file, segmentation, narrow } = outcome;
        warnOnce("narrow", narrow && warningOf(file, narrow));
        const doubt = scaleDoubt(model.protocol, segmentation.image);
        warnOnce("scale", doubt && `${file}: ${doubt}`);
        written.push(stems[done]!);
        writing = write(done, segmentation);
        writing.catch(() => {}); // reported when awaited
        areas.push(...segmentation.areas);
        objects.push(...(segmentation.objects?.areas ?? []).map((one) => ({ ...one, count: 1 })));
      }
      tell(++done);
    }
  } finally {
    await writing.catch(() => {}); // whatever ended the loop, no file is left half-written
  }
  await writing;
  requireKept(written, saving);
  return { areas: together(areas), objects: counted(objects), skipped };
}

function warningOf(file: string, narrow: string): string {
  return `${file} is next to black or uniform: ${narrow}; values of 12 bits in 16, for example, ` +
    `have to be scaled to the whole range`;
}

/** The objects of several pictures, class by class, the most first. */
function counted(objects: readonly ObjectCount[]): ObjectCount[] {
  return [...Map.groupBy(objects, ({ name }) => name).values()].map((parts) => {
    const { name, thing } = parts[0]!;
    return { name, thing, count: parts.reduce((sum, { count }) => sum + count, 0) };
  }).sort((a, b) => b.count - a.count);
}

/** The areas of several pictures, class by class, the largest first. */
function together(areas: readonly ClassArea[]): ClassArea[] {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const total = sum(areas.map(({ pixels }) => pixels));
  return [...Map.groupBy(areas, ({ index }) => index).values()].map((parts) => {
    const pixels = sum(parts.map((part) => part.pixels));
    const confidence = sum(parts.map((part) => part.confidence * part.pixels)) / pixels;
    return { ...parts[0]!, pixels, share: pixels / total, confidence };
  }).sort((a, b) => b.pixels - a.pixels);
}
