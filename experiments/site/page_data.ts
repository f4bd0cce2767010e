import type { OnnxDescription } from "../../lib/models/onnx_description.ts";

/** What the script of an experiment's page gets from its HTML. */
export interface PageData {
  readonly groups: readonly GroupData[];
  readonly overlays: readonly OverlayData[];
  /** The colours of classes in the overlays. */
  readonly key: readonly {
    readonly name: string;
    readonly colour: readonly [number, number, number];
  }[];
}

/** A run or a trial with its seeds; all shares in percent. */
export interface GroupData {
  readonly name: string;
  /** mIoU of each seed. */
  readonly scores: readonly number[];
  readonly mIoU: SpreadData | null;
  /** What a paper has in its place, and in which setting. */
  readonly published: { readonly mIoU: number; readonly source: string } | null;
  /** Null where it was not measured. */
  readonly speed: {
    /** What is joined by one line, in the order of `patch`. */
    readonly family: string;
    readonly patch: number;
    readonly perSecond: number;
  } | null;
  readonly classes: readonly { readonly name: string; readonly iou: SpreadData | null }[];
  /** The training loss of each seed: [step, loss]. */
  readonly curves: readonly {
    readonly seed: number;
    readonly points: readonly (readonly [step: number, loss: number])[];
  }[];
}

/** A mean, and a deviation where there are several seeds. */
export interface SpreadData {
  readonly mean: number;
  readonly deviation: number | null;
}

/** The pictures of one photo: paths from the page. */
export interface OverlayData {
  readonly name: string;
  readonly truth: string;
  readonly predictions: readonly {
    readonly run: string;
    readonly picture: string;
    /** The photo's own mIoU in percent, where the run tells it. */
    readonly mIoU: number | null;
  }[];
}

/** What the photo page knows of its model: model.json, which has what any ONNX file's JSON has. */
export interface SiteModel extends OnnxDescription {
  readonly card: ModelCard;
  /** How its scores lie. */
  readonly layout: {
    readonly cells: readonly [number, number];
    readonly covered: readonly [number, number];
    readonly classes: number;
  };
  readonly smallest: number;
  /** Of network.onnx, in bytes. */
  readonly bytes: number;
}

/** What the training page knows of the network that it begins from. */
export interface TrainSource {
  readonly card: ModelCard;
  /** Of model.safetensors, in bytes. */
  readonly bytes: number;
  /** The side of its windows and of the smallest photo, in pixels. */
  readonly window: number;
  readonly smallest: number;
}

/** What a visitor should know of a model. */
export interface ModelCard {
  readonly title: string;
  /** Sentences: what it is, what it was trained on, what it is good for. */
  readonly about: string;
  readonly weights: string;
  readonly data: string;
}
