import { readTensors } from "../checkpoints/read.ts";
import { readSafetensors, writeSafetensors } from "../checkpoints/safetensors.ts";
import type { NDArray } from "../array.ts";
import { declaredBy } from "../families/family.ts";
import { initialize } from "../nn/init.ts";
import { merged } from "../nn/lora.ts";
import { architectureOf, inferenceOf, savedConfig } from "../train/config.ts";
import { parseDescription, type TrainedModel } from "./description.ts";
import { sha256 } from "./model_file.ts";
import type { OpenedModel } from "./open.ts";
import { originOf } from "./origin.ts";
import { pretrainedFor } from "./pretrained.ts";

/**
 * Writes what learned of a network with adapters, whole or not at all: the adapters, the decoder and its
 * statistics. All others are as in the checkpoint that the training began from.
 */
export async function writeAdapter(
  { config, classes, palette, things }: Omit<TrainedModel, "weights">,
  learned: ReadonlyMap<string, NDArray>,
  path: string,
): Promise<void> {
  const description = { config: savedConfig(config), classes, palette, ...things && { things } };
  const adapter = JSON.stringify(description);
  await writeSafetensors(path, learned, { metadata: { seglab_adapter: adapter } });
}

/** Whether a checkpoint is an adapter's file. */
export async function isAdapter(path: string): Promise<boolean> {
  const { meta } = await readTensors(path);
  return Object(meta).seglab_adapter !== undefined;
}

/**
 * The network of an adapter's file on the checkpoint that its training began from, merged, bit for bit as
 * training gave it. Another base is a RangeError.
 */
export async function openAdapter(
  path: string,
  base: string,
): Promise<OpenedModel & TrainedModel> {
  const { tensors: learned, metadata } = await readSafetensors(path);
  if (metadata.seglab_adapter === undefined) {
    throw new TypeError(
      `Cannot open ${path}: an adapter.safetensors of a training run needed, got a file without its ` +
        `description`,
    );
  }
  const { config, classes, palette, things } = parseDescription(metadata.seglab_adapter);
  const { loraRank, loraAlpha, pretrained, patchResize, seed, crop } = config;
  const hash = await sha256(base);
  if (loraRank === null || hash !== pretrained) {
    throw new RangeError(
      `Cannot open ${path} on ${base}: the checkpoint that its training began from needed, with the ` +
        `SHA-256 ${pretrained}, got ${hash}`,
    );
  }
  const architecture = architectureOf(config, classes.length);
  const { tensors, objects } = await readTensors(base);
  const origin = await originOf(base, tensors, objects);
  const { values, report } = pretrainedFor(architecture, tensors, objects, origin, patchResize);
  const first = initialize(declaredBy(architecture, crop).parameters, seed);
  const weights = new Map([...first, ...values, ...learned]);
  return {
    kind: `Seglab ${config.variant}`,
    ...inferenceOf(config, classes.length, architecture),
    weights: merged(weights, { rank: loraRank, alpha: loraAlpha }),
    classes,
    palette,
    ...things && { things },
    report,
    assumed: [],
    config,
  };
}
