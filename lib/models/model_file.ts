import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { shown } from "../words.ts";
import { readSafetensors, writeSafetensors } from "../checkpoints/safetensors.ts";
import { descriptionOf, parseDescription, type TrainedModel } from "./description.ts";

/** Writes a model as one safetensors file, whole or not at all; returns its SHA-256. */
export async function writeModel(model: TrainedModel, path: string): Promise<string> {
  if (typeof path !== "string") {
    throw new TypeError(
      `Cannot write a model: a model and the path of a file needed, got ${shown(path)} as path`,
    );
  }
  await writeSafetensors(path, model.weights, { metadata: descriptionOf(model, path) });
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
