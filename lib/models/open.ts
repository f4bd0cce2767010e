import { z } from "zod";
import type { NDArray } from "../array.ts";
import { assign, formatReport, type LoadReport } from "../checkpoints/assign.ts";
import { kindOf, kinds, renameFrom } from "../checkpoints/kind.ts";
import { unwrap } from "../checkpoints/unwrap.ts";
import { readTensors } from "../checkpoints/read.ts";
import type { Normalization } from "../data/augment.ts";
import type { Colour } from "../data/dataset.ts";
import type { Fit } from "../data/fit.ts";
import { type Architecture, declaredBy } from "../families/architecture.ts";
import { inferenceOf } from "../train/config.ts";
import { descriptionSchema } from "./model_file.ts";
import { classesOf } from "./classes_of.ts";
import { described } from "./described.ts";

/** A segmentation network that a file holds, ready to use. */
export interface OpenedModel {
  /** What the checkpoint is, for example "NVlabs SegFormer". */
  readonly kind: string;
  readonly architecture: Architecture;
  /** All parameters and buffers under Seglab's names. */
  readonly weights: ReadonlyMap<string, NDArray>;
  readonly classes: readonly string[];
  readonly palette: readonly Colour[];
  readonly normalization: Normalization;
  /** The box that images are fitted into, where the file says so. */
  readonly base: Fit | null;
  /** Side of the sliding window in pixels, and the distance of neighbouring ones. */
  readonly window: number;
  readonly stride: number;
  /** What became of the file's tensors; nothing is missing or misshapen. */
  readonly report: LoadReport;
  /** What the file does not say and was taken for granted, in words. */
  readonly assumed: readonly string[];
}

/**
 * Opens a segmentation network: a checkpoint of a published kind in any container, alone or in its
 * folder, or a model.safetensors of Seglab's. Its names tell what it is. A backbone, a network that
 * Seglab does not have and a checkpoint that lacks a parameter are errors.
 */
export async function openModel(path: string): Promise<OpenedModel> {
  const { tensors, meta } = await readTensors(path);
  try {
    const text = (meta as { seglab?: unknown } | undefined)?.seglab;
    return typeof text === "string"
      ? trainedModel(tensors, text)
      : await publishedModel(tensors, path, meta);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new TypeError(`Cannot open ${path}: ${error.message}`, { cause: error });
  }
}

/** A network that Seglab trained, as its model.safetensors describes it. */
function trainedModel(tensors: ReadonlyMap<string, NDArray>, description: string): OpenedModel {
  const parsed = descriptionSchema.safeParse(JSON.parse(description));
  if (!parsed.success) {
    throw new TypeError(
      `a description of this version needed, got ${z.prettifyError(parsed.error)}`,
    );
  }
  const { config, classes, palette } = parsed.data;
  const inference = inferenceOf(config, classes.length);
  return {
    kind: `Seglab ${config.variant}`,
    ...inference,
    ...completed(inference.architecture, tensors, []),
    classes,
    palette,
    assumed: [],
  };
}

async function publishedModel(
  tensors: ReadonlyMap<string, NDArray>,
  path: string,
  meta: unknown,
): Promise<OpenedModel> {
  const { tensors: inner, outside } = unwrap(tensors);
  const kind = kindOf([...inner.keys()]);
  const { tensors: named, unused } = renameFrom(kinds[kind], inner);
  const { written, assumed, ...network } = await described(kind, named, path, meta);
  const classes = classesOf(network.architecture.config.classes, written);
  return {
    kind: kinds[kind].title,
    ...network,
    base: null,
    ...completed(network.architecture, named, [...unused, ...outside]),
    ...classes,
    assumed: [...assumed, ...classes.assumed],
  };
}

/** Sides of the image that a network is built for when only its parameters matter. */
const ANY_SIDE = 64;

/** The values of all parameters; a missing or misshapen one is an error. */
function completed(
  architecture: Architecture,
  tensors: ReadonlyMap<string, NDArray>,
  unused: readonly string[],
): { weights: Map<string, NDArray>; report: LoadReport } {
  const { parameters } = declaredBy(architecture, ANY_SIDE);
  const shapes = new Map([...parameters].map(([name, { tensor }]) => [name, tensor.shape]));
  const { values, report } = assign(tensors, shapes);
  if (report.missing.length > 0 || report.misshapen.length > 0) {
    const list = formatReport({ ...report, loaded: [], unused: [] });
    const [, ...names] = list.split("\n");
    throw new TypeError(
      `all ${parameters.size} parameters of the network needed, got ${values.size}; ` +
        names.join("\n"),
    );
  }
  return { weights: values, report: { ...report, unused: [...unused, ...report.unused] } };
}
