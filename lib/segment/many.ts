import { narrowRange } from "../images/narrow_range.ts";
import { inFlight } from "../in_flight.ts";
import type { OnProgress } from "../progress.ts";
import { requireFree, requireKept, stemsIn, writeSegmentation } from "./outputs.ts";
import { scaleDoubt } from "./scale_doubt.ts";
import type { PictureModel } from "./picture_model.ts";
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

/** Segments files in their order; the next one is decoded while the network sees one. */
export async function* segmentAll(
  model: PictureModel,
  files: readonly string[],
): AsyncGenerator<Outcome> {
  const read = async (file: string) => ({
    file,
    photo: await model.readPhoto(file).catch((error: Error) => error),
  });
  for await (const { file, photo } of inFlight(files, UNDER_WAY, read)) {
    if (photo instanceof Error) yield { file, error: photo };
    else {
      const segmentation = await model.segment(photo.image);
      yield { file, segmentation, narrow: narrowRange(photo) };
    }
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

/** What became of many files. */
export interface SegmentedFiles {
  /** What each class takes of all pictures together, the largest first. */
  readonly areas: readonly ClassArea[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Segments files and writes overlay, label map and JSON of each into a folder. Names there that are
 * somebody else's files are an error before anything is done.
 */
export async function segmentFiles(
  model: PictureModel,
  files: readonly string[],
  folder: string,
  { onProgress = () => {}, onSkipped = () => {}, onWarning = () => {} }: FilesListener = {},
): Promise<SegmentedFiles> {
  const stems = stemsIn(folder, files);
  await requireFree(stems);
  const tell = (done: number) =>
    onProgress({ title: "segmenting", done, total: files.length, unit: "image" });
  const areas: ClassArea[] = [];
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
  for await (const outcome of segmentAll(model, files)) {
    await writing; // one picture's files at a time, while the network sees the next picture
    requireKept(written.slice(-1));
    if ("error" in outcome) {
      skipped.push(outcome);
      onSkipped(outcome);
    } else {
      const { file, segmentation, narrow } = outcome;
      warnOnce("narrow", narrow && warningOf(file, narrow));
      const doubt = scaleDoubt(model.protocol, segmentation.image);
      warnOnce("scale", doubt && `${file}: ${doubt}`);
      written.push(stems[done]!);
      writing = writeSegmentation(stems[done]!, file, segmentation);
      writing.catch(() => {}); // reported when awaited
      areas.push(...segmentation.areas);
    }
    tell(++done);
  }
  await writing;
  requireKept(written);
  return { areas: together(areas), skipped };
}

function warningOf(file: string, narrow: string): string {
  return `${file} is next to black or uniform: ${narrow}; values of 12 bits in 16, for example, ` +
    `have to be scaled to the whole range`;
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
