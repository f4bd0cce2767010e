import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { LoadReport } from "../checkpoints/assign.ts";
import type { NDArray } from "../array.ts";
import type { Architecture } from "../families/family.ts";
import type { NetworkFile } from "../families/network_file.ts";
import { ownArchitecture } from "../families/own.ts";
import { familyOf } from "../families/registry.ts";
import { softmax } from "../graph/ops/normalize.ts";
import type { Model } from "../nn/model.ts";
import { onnxFacts, withOutputs } from "../onnx/encoded.ts";
import type { OnnxValue } from "../onnx/model.ts";
import { type OnnxTexts, parsedTexts } from "./onnx_self.ts";

/** Whether a name is an ONNX file's. */
export function isOnnx(path: string): boolean {
  return /\.onnx$/i.test(path);
}

const NOTHING: LoadReport = { loaded: [], missing: [], unused: [], misshapen: [] };

/**
 * An exported file as a model: it runs as it is, up to the scores before their interpolation, so that it gives
 * the classes of the checkpoint that it is of. What it cannot do is an error: windows of other sides, training,
 * analyses. One that Seglab did not export is a TypeError.
 */
export async function openOnnx(path: string) {
  const { producer, metadata, inputs } = onnxFacts(await readFile(path));
  const { self, classes, palette, normalization } = parsedTexts(metadata, producer);
  const [images] = inputs;
  const [, channels, height, width] = images?.shape ?? [];
  if (typeof height !== "number" || typeof width !== "number" || channels !== self.channels) {
    throw new TypeError(
      `an input [b, ${self.channels}, rows, columns] needed, got [${images?.shape.join(", ")}]`,
    );
  }
  const { windows } = self.protocol;
  if (windows && (windows.window !== height || height !== width)) {
    throw new TypeError(
      `square windows needed, of which a photo of any size is made, got ${height}×${width} pixels; ` +
        `export the checkpoint with equal sides`,
    );
  }
  const file: NetworkFile = {
    path,
    window: [height, width],
    input: images!.name,
    output: self.scores.name,
    channels: self.scores.channels,
    cells: self.scores.cells,
    covered: self.scores.covered,
    read: async () => ({
      bytes: withOutputs(await readFile(path), [scoresOf(self, images!.shape[0]!)]),
      beside: await besideOf(path),
    }),
  };
  return {
    kind: `${self.kind}, exported${self.int8 ? " with 8-bit integers" : ""}`,
    architecture: architectureOf(file, self, classes.length),
    weights: new Map<string, NDArray>(),
    classes,
    palette,
    normalization,
    protocol: self.protocol,
    window: Math.min(height, width),
    stride: self.stride,
    reading: self.reading,
    report: NOTHING,
    assumed: self.assumed,
  };
}

function scoresOf({ scores }: OnnxTexts["self"], batch: number | string) {
  const shape = [batch, scores.channels, ...scores.cells];
  return { name: scores.name, dtype: "float32", shape } satisfies OnnxValue;
}

/** What an export writes beside a model that protobuf has no room for. */
async function besideOf(path: string) {
  const data = `${path}.data`;
  return existsSync(data) ? [{ path: basename(data), data: await readFile(data) }] : [];
}

/** A network that nobody can look into; what its scores say of a pixel is known. */
function architectureOf(
  file: NetworkFile,
  { family, smallest, channels }: OnnxTexts["self"],
  classes: number,
): Architecture {
  const refuse = () => {
    throw new TypeError(
      `Cannot build the network of ${file.path}: a checkpoint needed, got an exported file, which only ` +
        `segments and is scored; give the checkpoint that it is of`,
    );
  };
  const probabilities = family ? familyOf(family.name).model(family.config).probabilities : softmax;
  const model: Model = { build: refuse, objective: refuse, scores: refuse, probabilities };
  const own = ownArchitecture(model, classes);
  return {
    ...own,
    family: { ...own.family, name: "an exported file", smallestSide: () => smallest },
    ...channels !== 3 && { channels },
    file,
  };
}
