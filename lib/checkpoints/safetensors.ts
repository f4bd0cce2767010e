import type { NDArray } from "../array.ts";
import { writeAtomically } from "../files.ts";
import { FileBytes } from "./file_bytes.ts";
import {
  type Checkpoint,
  safetensorsOf,
  storedTensorsIn,
  tensorsIn,
  type WriteOptions,
} from "./safetensors_bytes.ts";
import { readHeader } from "./safetensors_header.ts";
import type { StoredTensor } from "./stored_tensor.ts";

/** Reads a safetensors file; every element type becomes float32 (F16 and BF16 exactly). */
// deno-lint-ignore require-await -- so that every fault is a rejection
export async function readSafetensors(path: string): Promise<Checkpoint> {
  using file = new FileBytes(path);
  return tensorsIn(file);
}

/** Reads the free text entries of a safetensors file alone, none of its tensors. */
// deno-lint-ignore require-await -- so that every fault is a rejection
export async function readSafetensorsMetadata(path: string): Promise<Checkpoint["metadata"]> {
  using file = new FileBytes(path);
  return readHeader(file).metadata;
}

/** Reads a safetensors file with its element types kept, each tensor in a buffer of its own. */
// deno-lint-ignore require-await -- so that every fault is a rejection
export async function readStoredTensors(path: string): Promise<Checkpoint<StoredTensor>> {
  using file = new FileBytes(path);
  return storedTensorsIn(file);
}

/** Writes tensors in the map's order, whole or not at all: a file of that name stays until then. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, NDArray>,
  options: WriteOptions = {},
): Promise<void> {
  await writeAtomically(path, safetensorsOf(path, tensors, options));
}
