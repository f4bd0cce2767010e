/** How far a piece of work is. The first one that is heard says where the work begins. */
export interface Progress {
  /** What is worked on: a run, a data set, the file under way. */
  readonly title: string;
  /** How much of it is done. */
  readonly done: number;
  /** How much it is. */
  readonly total: number;
  /** What is counted. */
  readonly unit: "step" | "image" | "byte";
  /** Images in a step, where steps are counted. */
  readonly images?: number;
  /** What was there before, where a part of `done` took no work. */
  readonly before?: number;
  /** What else is worth seeing, by name: `{ loss: 1.83, lr: 1e-3 }`. */
  readonly values?: Readonly<Record<string, number>>;
}

/** Hears how far work is. */
export type OnProgress = (progress: Progress) => void;

/** Who hears of work that takes its time; the library itself prints nothing. */
export interface Listener {
  /** Hears how far the work is. */
  readonly onProgress?: OnProgress | undefined;
  /** Hears what a user should know, in sentences: warnings, what is resumed. */
  readonly onMessage?: ((text: string) => void) | undefined;
}

/** What takes less, in milliseconds, is not worth a word. */
const PATIENCE = 1000;

/** A listener that hears nothing of work that is done within a second. */
export function ofLongWork(onProgress: OnProgress): OnProgress {
  const started = performance.now();
  let isLong = false;
  return (progress) => {
    isLong ||= progress.done < progress.total && performance.now() - started > PATIENCE;
    if (isLong) onProgress(progress);
  };
}
