import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { shown } from "../words.ts";
import { writeAtomically } from "../files.ts";
import { withDynamicBatch } from "../graph/dynamic_batch.ts";
import { exportOnnx } from "../graph/export.ts";
import { argMax } from "../graph/ops/indices.ts";
import { input } from "../graph/tensor.ts";
import { kindInWords } from "../images/image.ts";
import { inputChannels, modelOf, objectTask } from "../families/family.ts";
import { classesLast, logitsOf } from "../nn/scores.ts";
import { Scope } from "../nn/scope.ts";
import { bytesOf } from "../array.ts";
import { encodeOnnx } from "../onnx/bytes.ts";
import { halved } from "../onnx/halved.ts";
import { quantised } from "../onnx/quantised.ts";
import type { OnnxModel, OnnxTensor } from "../onnx/model.ts";
import { describedOnnx, fixedSight } from "./onnx_description.ts";
import { selfText } from "./onnx_self.ts";
import type { OpenedModel } from "./open.ts";

/** What an exported file computes. */
export interface OnnxFileOptions {
  /** Rows of pixels of the images. */
  readonly height: number;
  /** Columns of pixels of the images. */
  readonly width: number;
  /** Any number of images at a time, in place of one. */
  readonly dynamicBatch: boolean;
  /** `labels` uint8 [b, h, w] in place of `logits` float32 [b, classes, h, w]. */
  readonly argmax: boolean;
  /** Weights are stored in half precision, and computed with in single. */
  readonly half: boolean;
  /** Linear layers are stored and computed in 8-bit integers; not with `half`. */
  readonly int8: boolean;
}

const optionsSchema = z.strictObject({
  height: z.int().min(1).exactOptional(),
  width: z.int().min(1).exactOptional(),
  dynamicBatch: z.boolean().default(false),
  argmax: z.boolean().default(false),
  half: z.boolean().default(false),
  int8: z.boolean().default(false),
}).refine(({ half, int8 }) => !half || !int8, { error: "needs half or int8, got both" });

/**
 * Writes a network as an ONNX file for any runtime, as `onnxFile` describes it, with `PATH.json`
 * (an `OnnxDescription`), and gives the paths of what was written. Images are as the model sees them if no
 * sides are given.
 */
export async function exportModel(
  model: OpenedModel,
  path: string,
  options: Partial<OnnxFileOptions> = {},
): Promise<string[]> {
  if (typeof path !== "string") {
    throw new TypeError(
      `Cannot export: a model and the path of a file needed, got ${shown(path)} as path`,
    );
  }
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) {
    const got = z.prettifyError(parsed.error);
    throw new RangeError(`Cannot export: options as documented needed, got\n${got}`);
  }
  const { window: [height, width] } = fixedSight(model);
  return await writeDescribed(path, model, onnxFile(model, { height, width, ...parsed.data }));
}

/** Writes a model of `onnxFile`, and what its user has to know into `PATH.json`; gives the paths. */
export async function writeDescribed(
  path: string,
  opened: OpenedModel,
  model: OnnxModel,
): Promise<string[]> {
  const json = `${path}.json`; // not mine.json, which may be a description of data
  const written = await writeOnnx(path, model);
  await writeAtomically(json, `${JSON.stringify(describedOnnx(opened, model), null, 1)}\n`);
  return [...written, json];
}

/** Protobuf holds less than 2 GiB; the graph itself takes little of the rest. */
const MOST_INSIDE = 2 ** 31 - 2 ** 26;

/**
 * A network as one ONNX file: `images` float32 [b, c, h, w], normalised, to `logits` or `labels`; of one that tells
 * objects apart also to what its queries say, `classes` [b, queries, classes + 1], of which the last is none, and
 * `masks` [b, queries, rows, columns], as logits (transformers' class_queries_logits and masks_queries_logits).
 * Metadata says classes, palette, the mean and std to normalise by, and `input` in words.
 */
export function onnxFile(opened: OpenedModel, options: OnnxFileOptions): OnnxModel {
  const { model: one, covered } = graphOf(opened, options, 1);
  const any = (batch: number) => graphOf(opened, options, batch).model;
  const model = options.dynamicBatch ? withDynamicBatch(any(2), any(3)) : one;
  const only = { ...model, outputs: model.outputs.filter(({ name }) => name !== SCORES) };
  const { protocol } = describedOnnx(opened, only);
  const [, channels, ...cells] = one.outputs.find(({ name }) => name === SCORES)!
    .shape as [number, number, number, number];
  const self = selfText(opened, protocol, options.int8, { name: SCORES, channels, cells, covered });
  const texts = self === null ? {} : { seglab: self };
  return described(options.int8 ? quantised(only) : only, opened, options.half, texts);
}

/** What the scores are called before they are interpolated, at which whoever opens the file reads them. */
const SCORES = "scores";

/** An exported network that gives scores on its own grid, and the rows and columns of pixels under it. */
export interface ScoreFile {
  readonly model: OnnxModel;
  readonly cells: readonly [rows: number, columns: number];
  readonly covered: readonly [height: number, width: number];
}

/**
 * A network as one ONNX file for a program that merges windows itself: `images` float32 [1, c, h, w],
 * normalised, to `scores` float32 [rows, columns, classes], which nothing has interpolated yet.
 */
export function scoreFile(
  opened: OpenedModel,
  [h, w]: readonly [height: number, width: number],
  half: boolean,
): ScoreFile {
  const images = input("images", [1, inputChannels(opened.architecture), h, w]);
  const network = modelOf(opened.architecture);
  const { outputs } = Scope.build(false, (p) => network.scores(network.build(p, images)));
  const [, , rows, columns] = outputs.map.dims(4);
  const model = exportOnnx({ scores: classesLast(outputs) }, opened.weights);
  return {
    model: described(model, opened, half),
    cells: [rows, columns],
    covered: [outputs.height, outputs.width],
  };
}

/** The model with what its user should know, and its weights in half precision where asked. */
function described(
  model: OnnxModel,
  opened: OpenedModel,
  half: boolean,
  texts: Readonly<Record<string, string>> = {},
): OnnxModel {
  const { classes, palette, weights, normalization: { mean, std } } = opened;
  const facts = Object.entries({ classes, palette, mean, std })
    .map(([name, value]) => [name, JSON.stringify(value)]);
  return {
    ...half ? halved(model, weights) : model,
    metadata: { ...Object.fromEntries(facts), input: inputInWords(opened), ...texts },
  };
}

/** What an exported file's images are, for whoever feeds them. */
export function inputInWords({ reading, normalization: { mean, std } }: OpenedModel): string {
  const list = (values: readonly number[]) => `(${values.join(", ")})`;
  if (reading.channels !== undefined) {
    return `${
      kindInWords(reading.channels, true)
    } in the order of the files, with values as they are ` +
      `stored, less the mean ${list(mean)}, divided by the std ${list(std)}`;
  }
  return `channels in the order red, green, blue; values 0 to 255, not 0 to 1, less the mean ` +
    `${list(mean)}, divided by the std ${list(std)}`;
}

/**
 * Writes a model, whole or not at all; gives the paths. Weights of `room` bytes and more, which
 * protobuf cannot hold, go into a file beside it, `PATH.data`, which is written first.
 */
export async function writeOnnx(
  path: string,
  model: OnnxModel,
  room = MOST_INSIDE,
): Promise<string[]> {
  const bytes = model.initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes < room) {
    await writeAtomically(path, encodeOnnx(model));
    return [path];
  }
  const file = `${basename(path)}.data`;
  let offset = 0;
  const initializers = model.initializers.map((tensor): OnnxTensor => {
    if (!isLarge(tensor)) return tensor;
    const external = { file, offset };
    offset += tensor.data.byteLength;
    return { ...tensor, external };
  });
  const beside = join(dirname(path), file);
  const pieces = model.initializers.filter(isLarge).map(({ data }) => bytesOf(data));
  await writeAtomically(beside, pieces);
  await writeAtomically(path, encodeOnnx({ ...model, initializers }));
  return [path, beside];
}

/** Lists of sides stay in the model, whose shapes are inferred from them. */
function isLarge({ data }: OnnxTensor): boolean {
  return data.byteLength >= 1024;
}

/** What an exported network computes, its scores before interpolation last, and the pixels that they cover. */
function graphOf(
  opened: OpenedModel,
  options: OnnxFileOptions,
  batch: number,
): { readonly model: OnnxModel; readonly covered: [number, number] } {
  const { height, width, argmax } = options;
  const images = input("images", [batch, inputChannels(opened.architecture), height, width]);
  const network = modelOf(opened.architecture);
  const { outputs: { scores, queries } } = Scope.build(false, (p) => {
    const answer = network.build(p, images);
    const scores = network.scores(answer);
    return { scores, queries: objectTask(opened.architecture) ? network.queries!(answer) : null };
  });
  const logits = logitsOf(scores, height, width);
  const named = argmax ? { labels: argMax(logits) } : { logits };
  const objects = queries ? { classes: queries.classes, masks: queries.masks } : {};
  return {
    model: exportOnnx({ ...named, ...objects, [SCORES]: scores.map }, opened.weights),
    covered: [scores.height, scores.width],
  };
}
