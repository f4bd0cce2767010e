import { stat } from "node:fs/promises";
import type { NDArray } from "../array.ts";
import { Archive } from "./archive.ts";
import {
  beginning,
  checkpointIn,
  type Container,
  containerOf,
  looksLikePickle,
} from "./container.ts";
import { FileBytes } from "./file_bytes.ts";
import { readNpz } from "./npz.ts";
import { readPytorchLegacy } from "./pytorch_legacy.ts";
import { readPytorchZip } from "./pytorch_zip.ts";
import { readSafetensors } from "./safetensors.ts";
import { readSharded } from "./sharded.ts";
import { unreadable } from "./unreadable.ts";

/** What a checkpoint holds, whatever wrote it. */
export interface ReadTensors {
  /** float32 by the names in the file; names of nested dicts are joined by dots. */
  readonly tensors: Map<string, NDArray>;
  readonly container: Container;
  /**
   * A PyTorch file's entry `meta` as JSON-like values (mmcv's CLASSES, PALETTE, …), a safetensors
   * file's texts, or undefined.
   */
  readonly meta: unknown;
}

/**
 * Reads a checkpoint: a file, an index of shards, or a folder that holds exactly one of them. Its
 * bytes tell what it is, not its name; half precision is widened; nothing in the file is run.
 */
export async function readTensors(path: string): Promise<ReadTensors> {
  const info = await stat(path).catch((error: Error) => {
    throw unreadable(path, "a file or a folder", error.message);
  });
  if (info.isDirectory()) return await readTensors(await checkpointIn(path));
  const container = await containerOf(path) ??
    // So that the error names what a pickle would have run.
    (looksLikePickle(path) ? "pytorch legacy" : undefined);
  if (container) return { meta: undefined, ...await readers[container](path), container };
  const needs = "a PyTorch, safetensors or npz file";
  throw unreadable(path, needs, beginning(path), TypeError);
}

type Read = (path: string) => Promise<Omit<ReadTensors, "container" | "meta"> & { meta?: unknown }>;

const readers: Readonly<Record<Container, Read>> = {
  "safetensors": async (path) => {
    const { tensors, metadata } = await readSafetensors(path);
    return { tensors, meta: metadata };
  },
  "sharded safetensors": readSharded,
  "pytorch zip": async (path) => {
    using file = new FileBytes(path);
    return await readPytorchZip(await Archive.open(file));
  },
  "pytorch legacy": async (path) => {
    using file = new FileBytes(path);
    return await readPytorchLegacy(file);
  },
  "npz": async (path) => {
    using file = new FileBytes(path);
    return await readNpz(await Archive.open(file));
  },
};
