import type { Publishable } from "../families/family.ts";
import { type Protocol, windowed } from "../families/protocol.ts";
import type { Colour } from "../images/image.ts";
import type { Normalization } from "../images/normalise.ts";
import type { OnnxModel } from "../onnx/model.ts";

/** What a program that runs an ONNX file has to know of it: the JSON beside the file. */
export interface OnnxDescription {
  /** The classes' names, by their indices. */
  readonly classes: readonly string[];
  /** A colour for each class: red, green and blue from 0 to 255. */
  readonly palette: readonly Colour[];
  /** Pixels are red, green and blue from 0 to 255, or bands as stored, less the mean, divided by the std. */
  readonly normalization: Normalization;
  /** How photos of any size reach the network: resized first, then seen in windows, or whole. */
  readonly protocol: Protocol;
  /** What the file takes at a time: rows and columns of pixels. */
  readonly window: readonly [height: number, width: number];
  /** The name, the shape and the type of what it takes: batch, channels, rows, columns. */
  readonly input: OnnxValue;
  /** And of what it gives: scores or classes of pixels. */
  readonly output: OnnxValue;
  /** What else it gives where it tells objects apart. */
  readonly objects?: OnnxObjects;
}

/** What queries say: a photo is to be seen whole, in the upper left corner of the window. */
export interface OnnxObjects {
  /** Logits of classes, and last of none: batch, queries, classes + 1. */
  readonly classes: OnnxValue;
  /** Logits of masks, above 0 within, which cover the window: batch, queries, rows, columns. */
  readonly masks: OnnxValue;
  /** Whether each class is of things or of stuff; left out where the model does not say it. */
  readonly things?: readonly boolean[];
}

/** A tensor of an ONNX file; a side that is a text may be any. */
export interface OnnxValue {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** A model with how it sees photos. */
type SeeingModel = Omit<Publishable, "config" | "weights"> & {
  readonly things?: readonly boolean[] | undefined;
};

/**
 * The model's own protocol, where all that it shows to the network has one size; otherwise its windows.
 * Photos smaller than a window are enlarged.
 */
export function fixedSight(
  model: Pick<SeeingModel, "protocol" | "window" | "stride">,
): Pick<OnnxDescription, "protocol" | "window"> {
  const { protocol } = model;
  if (protocol.windows === null && protocol.resize.to === "size") {
    const [h, w] = protocol.resize.size;
    const whole = (side: number) => Math.ceil(side / protocol.multiple) * protocol.multiple;
    return { protocol, window: [whole(h), whole(w)] };
  }
  const seen = protocol.windows ? protocol : { ...protocol, ...windowed(model, model.window) };
  const windows = { ...seen.windows!, enlarge: true };
  return { protocol: { ...seen, windows }, window: [windows.window, windows.window] };
}

/** The JSON of a file: of other images than the model's windows, these are its windows. */
export function describedOnnx(
  model: SeeingModel,
  { inputs, outputs }: Pick<OnnxModel, "inputs" | "outputs">,
): OnnxDescription {
  const { classes, palette, normalization } = model;
  const valueOf = ({ name, dtype, shape }: OnnxModel["outputs"][number]): OnnxValue => {
    return { name, type: dtype, shape };
  };
  const input = valueOf(inputs[0]!);
  const output = valueOf(outputs[0]!);
  const [asked, masks] = outputs.slice(1).map(valueOf);
  const { things } = model;
  const [h, w] = input.shape.slice(2) as number[];
  const { protocol, window: [height, width] } = fixedSight(model);
  const isOwn = h === height && w === width;
  return {
    classes,
    palette,
    normalization,
    protocol: isOwn ? protocol : windowsOf(protocol, Math.min(h!, w!)),
    window: [h!, w!],
    input,
    output,
    ...asked && masks && { objects: { classes: asked, masks, ...things && { things } } },
  };
}

/** A protocol with windows of another side, which overlap as much. */
function windowsOf(protocol: Protocol, window: number): Protocol {
  const { window: own, stride } = protocol.windows ?? { window: 1, stride: 1 };
  const step = stride === "even" ? stride : Math.max(1, Math.round(stride * window / own));
  return { ...protocol, windows: { window, stride: step, enlarge: true } };
}
