import { availableParallelism } from "node:os";
import { spreadIndices } from "../array.ts";
import type { Dataset } from "../data/dataset.ts";
import { IGNORE } from "../images/image.ts";
import { NetworkPredictor } from "../inference/predictor.ts";
import { onnxFile } from "../models/onnx_file.ts";
import { fixedSight } from "../models/onnx_description.ts";
import type { OpenedModel } from "../models/open.ts";
import type { Listener } from "../progress.ts";
import { ConfusionMatrix } from "../scoring/confusion.ts";
import { requireSameClasses } from "../sets/class_list.ts";

/** A network's size, and what it takes and scores on some images. */
export interface Measured {
  /** Of its weights in an ONNX file. */
  readonly bytes: number;
  /** For all images. */
  readonly seconds: number;
  readonly mIoU: number;
}

/** A network in 32-bit floats, and with linear layers in 8-bit integers. */
export interface Int8Comparison {
  readonly floats: Measured;
  readonly integers: Measured;
  /** The share of the labelled pixels that get another class. */
  readonly changed: number;
  readonly images: number;
}

/** What 8-bit integers change, on at most so many images spread over a data set; both take turns. */
export async function comparedInt8(
  model: OpenedModel,
  data: Dataset,
  most: number,
  { onProgress }: Listener = {},
): Promise<Int8Comparison> {
  requireSameClasses(model.classes, data, "Cannot compare 8-bit integers");
  const indices = spreadIndices(data.length, Math.min(most, data.length));
  const threads = availableParallelism();
  const contenders = [false, true].map((int8) => ({
    predictor: new NetworkPredictor({ ...model, threads, precision: int8 ? "int8" : "single" }),
    confusion: new ConfusionMatrix(model.classes.length),
    seconds: 0,
    bytes: weightBytes(model, int8),
  }));
  const first = await data.example(indices[0]!);
  for (const { predictor } of contenders) await predictor.predict(first.image); // compiles
  let [changed, pixels] = [0, 0];
  for (const [done, index] of indices.entries()) {
    const { image, labels } = await data.example(index);
    const found: Uint8Array[] = [];
    for (const contender of contenders) {
      const started = performance.now();
      const prediction = await contender.predictor.predict(image);
      contender.seconds += (performance.now() - started) / 1000;
      contender.confusion.add(prediction.labels.data, labels.data);
      found.push(prediction.labels.data);
    }
    for (const [i, label] of labels.data.entries()) {
      if (label === IGNORE) continue;
      pixels++;
      if (found[0]![i] !== found[1]![i]) changed++;
    }
    onProgress?.({ title: "comparing", done: done + 1, total: indices.length, unit: "image" });
  }
  const [floats, integers] = contenders.map(({ confusion, seconds, bytes }): Measured => {
    return { bytes, seconds, mIoU: confusion.metrics().mIoU };
  });
  return {
    floats: floats!,
    integers: integers!,
    changed: changed / pixels,
    images: indices.length,
  };
}

function weightBytes(model: OpenedModel, int8: boolean): number {
  const { window: [height, width] } = fixedSight(model);
  const options = { height, width, int8, dynamicBatch: false, argmax: false, half: false };
  return onnxFile(model, options).initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
}
