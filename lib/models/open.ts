import type { NDArray } from "../array.ts";
import type { LoadReport } from "../checkpoints/assign.ts";
import { mmcvClasses } from "../checkpoints/mmcv_meta.ts";
import { readTensors } from "../checkpoints/read.ts";
import { toSeglab } from "../checkpoints/name_rules.ts";
import { SideFiles } from "../checkpoints/side_files.ts";
import type { Unwrapped } from "../checkpoints/unwrap.ts";
import type { Reading } from "../images/reading.ts";
import type { Normalization } from "../images/normalise.ts";
import type { Colour } from "../images/image.ts";
import type { Architecture, Family } from "../families/family.ts";
import type { Protocol } from "../families/protocol.ts";
import type { Holding } from "../families/registry.ts";
import { withRemedy } from "../remedy.ts";
import { shown } from "../words.ts";
import { completed } from "./assigned.ts";
import { classesOf } from "./classes_of.ts";
import { locateModel } from "./locate.ts";
import { holdingOf, networkIn } from "./network_in.ts";
import { isOnnx, openOnnx } from "./open_onnx.ts";
import { trainedModel } from "./trained.ts";

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
 * `downloadCheckpoint` got, by its id; its names tell what it is. Or an .onnx file that `exportModel` wrote, which
 * segments and is scored as it is. A backbone, a network that Seglab does not have and a checkpoint that lacks a
 * parameter are errors.
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
  if (isOnnx(path)) return await explained(path, () => openOnnx(path));
  const { tensors, meta, objects } = await readTensors(path);
  return await explained(path, async () => {
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
  });
}

/** What an opening gives; its errors about what the file holds name the file. */
async function explained<T>(path: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new TypeError(`Cannot open ${path}: ${error.message}`, { cause: error });
  }
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

/** What to say where the checkpoint holds no segmentation network that Seglab has. */
function notANetwork({ kind: { title, otherHead } }: Holding): string {
  const reason = otherHead === undefined
    ? "a backbone without a segmentation head. It can begin a training"
    : `which is another network: ${otherHead}. Its backbone can begin a training`;
  return `a segmentation network needed, got ${title}, ${reason}`;
}
