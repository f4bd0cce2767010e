import { sha256 } from "@noble/hashes/sha2.js";
import { bytesInMemory } from "../checkpoints/byte_source.ts";
import { safetensorsOf, tensorsIn } from "../checkpoints/safetensors_bytes.ts";
import { descriptionOf, type TrainedModel } from "../models/description.ts";
import type { OpenedModel } from "../models/open.ts";
import { trainedModel } from "../models/trained.ts";
import { shown } from "../words.ts";

/** A network of Seglab in a browser: ready to use, to train on and to save. */
export interface WebModel extends OpenedModel, TrainedModel {
  /** The SHA-256 of its file in hexadecimal digits. */
  readonly hash: string;
}

/**
 * Opens the bytes of a model.safetensors that Seglab wrote; `name` is what errors call it. Any other
 * checkpoint is a TypeError.
 */
export function openModel(bytes: Uint8Array, name = "the model"): WebModel {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot open ${name}: the bytes (Uint8Array) of a model.safetensors needed, got ${
        shown(bytes)
      }`,
    );
  }
  const { tensors, metadata } = tensorsIn(bytesInMemory(bytes, name));
  if (metadata.seglab === undefined) {
    throw new TypeError(
      `Cannot open ${name}: a model.safetensors that Seglab trained needed, got a file without its ` +
        `description; train from it once where files are at hand`,
    );
  }
  try {
    return { ...trainedModel(tensors, metadata.seglab), hash: hashOf([bytes]) };
  } catch (error) {
    throw new TypeError(`Cannot open ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** The bytes of a network's model.safetensors, which `openModel` opens here and in Deno and Node. */
export function modelBytes(model: TrainedModel): Uint8Array<ArrayBuffer> {
  const name = "model.safetensors";
  const pieces = safetensorsOf(name, model.weights, { metadata: descriptionOf(model, name) });
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The SHA-256 of bytes in pieces, as 64 hexadecimal digits: browsers have their own on secure pages alone. */
export function hashOf(pieces: readonly Uint8Array[]): string {
  const hash = sha256.create();
  for (const piece of pieces) hash.update(piece);
  return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
