import type { NDArray } from "../array.ts";
import { assign, formatReport, type LoadReport } from "../checkpoints/assign.ts";
import { known, recognise } from "../checkpoints/kind.ts";
import { mmcvClasses } from "../checkpoints/mmcv_meta.ts";
import { readTensors } from "../checkpoints/read.ts";
import { toSeglab } from "../checkpoints/name_rules.ts";
import { SideFiles } from "../checkpoints/side_files.ts";
import { unwrap, type Unwrapped } from "../checkpoints/unwrap.ts";
import type { Reading } from "../images/reading.ts";
import type { Normalization } from "../images/normalise.ts";
import type { Colour } from "../images/image.ts";
import { type Architecture, declaredBy, type Family } from "../families/family.ts";
import type { Protocol } from "../families/protocol.ts";
import { type Holding, holdings } from "../families/registry.ts";
import { withRemedy } from "../remedy.ts";
import { shown } from "../words.ts";
import { inferenceOf } from "../train/config.ts";
import { classesOf } from "./classes_of.ts";
import { locateModel } from "./locate.ts";
import { parseDescription } from "./model_file.ts";

/** A segmentation network that a file holds, ready to use. */
export interface OpenedModel {
  /** What the checkpoint is, for example "NVlabs SegFormer". */
  readonly kind: string;
  /**
   * The network as plain data, for what lies in the library.
   *
   * @internal
   */
  readonly architecture: Architecture;
  /** All parameters and buffers under Seglab's names. */
  readonly weights: ReadonlyMap<string, NDArray>;
  /** The classes' names, by their indices. */
  readonly classes: readonly string[];
  /** A colour for each class. */
  readonly palette: readonly Colour[];
  /** Whether each class is of things or of stuff, where the file says it. */
  readonly things?: readonly boolean[] | undefined;
  /** The pixel statistics that it was trained with. */
  readonly normalization: Normalization;
  /** How its authors show images to it. */
  readonly protocol: Protocol;
  /** Side in pixels of the windows, where somebody asks for windows. */
  readonly window: number;
  /** Distance of neighbouring windows in pixels. */
  readonly stride: number;
  /** How the files were read that it learned from, so that pictures are read the same way. */
  readonly reading: Reading;
  /** What became of the file's tensors; nothing is missing or misshapen. */
  readonly report: LoadReport;
  /** What the file does not say and was taken for granted, in words. */
  readonly assumed: readonly string[];
}

/**
 * Opens a segmentation network by what `locateModel` finds: a checkpoint of a published kind in any
 * container, alone or in its folder, the folder of a run or its model.safetensors, or what
 * `downloadCheckpoint` got, by its id. Its names tell what it is. A backbone, a network that Seglab does
 * not have and a checkpoint that lacks a parameter are errors.
 */
export async function openModel(name: string): Promise<OpenedModel> {
  if (typeof name !== "string") {
    throw new TypeError(
      `Cannot open a model: a checkpoint's path or a downloaded model's id needed, got ${
        shown(name)
      }`,
    );
  }
  const path = await locateModel(name);
  const { tensors, meta, objects } = await readTensors(path);
  try {
    const { seglab: text, seglab_adapter: adapter } = Object(meta);
    if (adapter !== undefined) {
      throw new TypeError(
        "a whole network needed, got an adapter; openAdapter (export with --base) puts it on the " +
          "checkpoint that its training began from",
      );
    }
    return typeof text === "string"
      ? trainedModel(tensors, text)
      : await publishedModel(networkIn(tensors, objects), await SideFiles.of(path), meta);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new TypeError(`Cannot open ${path}: ${error.message}`, { cause: error });
  }
}

/** A network that Seglab trained, as its model.safetensors describes it. */
function trainedModel(tensors: ReadonlyMap<string, NDArray>, description: string): OpenedModel {
  const { config, classes, palette, things } = parseDescription(description);
  const inference = inferenceOf(config, classes.length);
  return {
    kind: `Seglab ${config.variant}`,
    ...inference,
    ...completed(inference.architecture, tensors, []),
    classes,
    palette,
    ...things && { things },
    assumed: [],
  };
}

/**
 * The network that a published checkpoint's tensors hold, as the files beside it describe it; `change` makes
 * others of its tensors, by Seglab's names, before they are read.
 */
export async function publishedModel(
  { tensors: inner, outside }: Unwrapped<NDArray>,
  beside: SideFiles,
  meta: unknown,
  change: (tensors: Map<string, NDArray>, family: Family) => Map<string, NDArray> = (same) => same,
): Promise<OpenedModel> {
  const holding = holdingOf(inner.keys());
  if (!("family" in holding)) {
    throw withRemedy(new TypeError(notANetwork(holding)), { kind: "pretrained" });
  }
  const { kind: { title, names, rebuild }, family } = holding;
  const { tensors, unused } = toSeglab(names, inner);
  const named = change(tensors, family);
  const { config, classes, assumed, ...sight } = await rebuild(named, beside);
  const architecture = { family, config };
  const written = mmcvClasses(meta);
  const chosen = classesOf(config.classes, { ...written, names: classes ?? written.names });
  return {
    kind: title,
    architecture,
    ...sight,
    reading: {},
    ...completed(architecture, named, [...unused, ...outside]),
    classes: chosen.classes,
    palette: chosen.palette,
    assumed: [...assumed, ...chosen.assumed],
  };
}

/**
 * The tensors of the one network in a checkpoint, whatever is in front of their names; a Python
 * object in place of one (`objects`: classes by names) is a TypeError.
 */
export function networkIn(
  tensors: ReadonlyMap<string, NDArray>,
  objects: ReadonlyMap<string, string> = new Map(),
): Unwrapped<NDArray> {
  const isPublished = (name: string) => holdings.some(({ kind }) => known(kind)(name));
  return unwrap(tensors, { known: isPublished, objects });
}

/** What a checkpoint with tensors of these names holds; an unknown one is a TypeError. */
export function holdingOf(names: Iterable<string>): Holding {
  const kind = recognise(holdings.map(({ kind }) => kind), [...names]);
  return holdings.find((holding) => holding.kind === kind)!;
}

/** What to say where the checkpoint holds no segmentation network that Seglab has. */
function notANetwork({ kind: { title, otherHead } }: Holding): string {
  const reason = otherHead === undefined
    ? "a backbone without a segmentation head. It can begin a training"
    : `which is another network: ${otherHead}. Its backbone can begin a training`;
  return `a segmentation network needed, got ${title}, ${reason}`;
}

/** Sides of the image that a network is built for when only its parameters matter. */
const ANY_SIDE = 64;

/** A network's parameters, and what tensors under Seglab's names give to them. */
export function assigned(architecture: Architecture, tensors: ReadonlyMap<string, NDArray>) {
  const { parameters } = declaredBy(architecture, ANY_SIDE);
  const shapes = new Map([...parameters].map(([name, { tensor }]) => [name, tensor.shape]));
  return { parameters, ...assign(tensors, shapes) };
}

/** The values of all parameters; a missing or misshapen one that is used is an error. */
function completed(
  architecture: Architecture,
  tensors: ReadonlyMap<string, NDArray>,
  beside: readonly string[],
): { weights: Map<string, NDArray>; report: LoadReport } {
  const { parameters, values, report } = assigned(architecture, tensors);
  const isUsed = (name: string) => !parameters.get(name)!.unused;
  const missing = report.missing.filter(isUsed);
  const misshapen = report.misshapen.filter(({ name }) => isUsed(name));
  if (missing.length > 0 || misshapen.length > 0) {
    const list = formatReport({ loaded: [], missing, misshapen, unused: [] });
    const [, ...names] = list.split("\n");
    const needed = [...parameters.keys()].filter(isUsed);
    throw new TypeError(
      `all ${needed.length} parameters of the network needed, got ` +
        `${needed.filter((name) => values.has(name)).length}; ${names.join("\n")}`,
    );
  }
  const odd = report.misshapen.map(({ name }) => name);
  const unused = [...beside, ...report.unused, ...odd];
  return { weights: values, report: { ...report, missing, misshapen, unused } };
}
