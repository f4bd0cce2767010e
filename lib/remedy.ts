/**
 * What helps against an error, for whoever shows it to say how: a command knows what to type, a
 * page what to press. Messages themselves name functions and options, never a command.
 */
export type Remedy =
  /** To download a model by its id. */
  | { readonly kind: "download"; readonly model: string }
  /** To download a data set by its id. */
  | { readonly kind: "downloadData"; readonly id: string }
  /** To go on with a run that was stopped, as it was begun. */
  | { readonly kind: "finishRun" }
  /** To resume the run that is in the folder, which leaves a finished one as it is. */
  | { readonly kind: "resume"; readonly state: "finished" | "unfinished" }
  /** To give these settings of a training run the values that they had before. */
  | { readonly kind: "sameSettings"; readonly settings: readonly string[] }
  /** To write into another folder. */
  | { readonly kind: "otherFolder" }
  /** To begin a training with the weights. */
  | { readonly kind: "pretrained" }
  /** To look at all labels of the data. */
  | { readonly kind: "checkLabels" }
  /** To have a folder with images and masks described. */
  | { readonly kind: "describeData"; readonly data: string }
  /** To give the data that an evaluation is of. */
  | { readonly kind: "evaluatedData" }
  /** To say whether EXIF's orientation is applied to images and masks. */
  | { readonly kind: "exif" }
  /** To leave out annotations that cannot be drawn. */
  | { readonly kind: "faulty" }
  /** To read files of more pixels. */
  | { readonly kind: "maxPixels"; readonly pixels: number }
  /** To evaluate a model. */
  | { readonly kind: "evaluate" };

/** The error, with what helps against it. */
export function withRemedy<E extends Error>(error: E, remedy: Remedy): E {
  return Object.assign(error, { remedy });
}

/** What helps against an error, or against what caused it. */
export function remedyOf(error: unknown): Remedy | undefined {
  if (!(error instanceof Error)) return undefined;
  return (error as { remedy?: Remedy }).remedy ?? remedyOf(error.cause);
}
