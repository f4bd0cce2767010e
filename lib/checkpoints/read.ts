import type { NDArray } from "../array.ts";
import { Archive } from "./archive.ts";
import {
  beginning,
  checkpointIn,
  type Container,
  containerOf,
  type FileContainer,
  fileContainerOf,
  looksLikePickle,
} from "./container.ts";
import { FileBytes, isFolder } from "./file_bytes.ts";
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
   * The classes of Python objects that a PyTorch file holds, by the names that tensors in their
   * place would have; only where there are any. Nothing of them ran.
   */
  readonly objects?: ReadonlyMap<string, string>;
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
  if (isFolder(path)) return await readTensors(await checkpointIn(path));
  const container = await containerOf(path) ??
    // So that the error names what a pickle would have run.
    (looksLikePickle(path) ? "pytorch legacy" : undefined);
  if (!container) {
    const got = /\.onnx$/i.test(path)
      ? "an ONNX file, which is run as it is: give the checkpoint that it is of"
      : beginning(path);
    throw unreadable(path, NEEDS, got, TypeError);
  }
  if (container === "sharded safetensors" || container === "sharded pytorch") {
    return { meta: undefined, ...await readSharded(path, readShard), container };
  }
  const { objects, ...read } = { meta: undefined, ...await readers[container](path), container };
  return objects?.size ? { ...read, objects } : read;
}

const NEEDS = "a PyTorch, safetensors or npz file";

async function readShard(path: string): Promise<Map<string, NDArray>> {
  const container = await fileContainerOf(path);
  if (!container) throw unreadable(path, NEEDS, beginning(path), TypeError);
  return (await readers[container](path)).tensors;
}

type Read = (path: string) => Promise<Omit<ReadTensors, "container" | "meta"> & { meta?: unknown }>;

const readers: Readonly<Record<FileContainer, Read>> = {
  "safetensors": async (path) => {
    const { tensors, metadata } = await readSafetensors(path);
    return { tensors, meta: metadata };
  },
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
