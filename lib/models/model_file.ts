import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { misfit } from "../misfit.ts";
import { excerpt, shown } from "../words.ts";
import type { NDArray } from "../array.ts";
import { readSafetensors, writeSafetensors } from "../checkpoints/safetensors.ts";
import { type ClassKey, colourSchema } from "../images/image.ts";
import { OWN_NETWORK } from "../families/own.ts";
import { savedConfig, type TrainConfig, trainConfigSchema } from "../train/config.ts";

/** A trained network: what it is, what its classes are called and drawn with, and its weights. */
export interface TrainedModel extends ClassKey {
  /** Whether each class is of things or of stuff, where it tells objects apart. */
  readonly things?: readonly boolean[] | undefined;
  /**
   * All that decided what the training computed.
   *
   * @internal
   */
  readonly config: TrainConfig;
  /** All parameters and buffers by name. */
  readonly weights: ReadonlyMap<string, NDArray>;
}

/** What a model file says beside its weights. */
const descriptionSchema = z.object({
  config: trainConfigSchema,
  classes: z.array(z.string()),
  palette: z.array(colourSchema),
  things: z.array(z.boolean()).optional(),
});

/** What the text beside the weights says; what is none of this version is a TypeError. */
export function parseDescription(text: string): z.infer<typeof descriptionSchema> {
  const fail = (got: string) => new TypeError(`a description of this version needed, got ${got}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail(excerpt((error as Error).message, 200));
  }
  const parsed = descriptionSchema.safeParse(json);
  if (!parsed.success) throw fail(misfit(parsed.error));
  return parsed.data;
}

/** Writes a model as one safetensors file, whole or not at all; returns its SHA-256. */
export async function writeModel(model: TrainedModel, path: string): Promise<string> {
  if (typeof path !== "string") {
    throw new TypeError(
      `Cannot write a model: a model and the path of a file needed, got ${shown(path)} as path`,
    );
  }
  const { weights, config, classes, palette, things } = model;
  if (config.variant === OWN_NETWORK) {
    throw new TypeError(
      `Cannot write ${path}: a published network needed, which is found again by its name, got one ` +
        `of your own; exportModel writes it as ONNX`,
    );
  }
  const description = { config: savedConfig(config), classes, palette, ...things && { things } };
  const metadata = { seglab: JSON.stringify(description) };
  await writeSafetensors(path, weights, { metadata });
  return await sha256(path);
}

/** Reads a file of `writeModel`. */
export async function readModel(path: string): Promise<TrainedModel> {
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.seglab === undefined) {
    throw new TypeError(
      `Cannot read a model from ${path}: a model.safetensors of a training run ` +
        `needed, got a file without its description`,
    );
  }
  try {
    return { ...parseDescription(metadata.seglab), weights: tensors };
  } catch (error) {
    const { message } = error as Error;
    throw new TypeError(`Cannot read a model from ${path}: ${message}`, { cause: error });
  }
}

/** The SHA-256 of a file as 64 hexadecimal digits. */
export async function sha256(path: string): Promise<string> {
  return createHash("sha256").update(await readFile(path)).digest("hex");
}
