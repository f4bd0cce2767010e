import type { FileBytes } from "./file_bytes.ts";
import { byteLength, type NamedTensors, readPickled } from "./pickled_tensors.ts";
import { Placeholder, refusedObject } from "./placeholder.ts";
import { DeclaredStorages, type Storage, torchRules } from "./torch_pickle.ts";
import { unpickle } from "./unpickle.ts";
import { unreadable } from "./unreadable.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** Whether a file begins as the legacy format does: with a pickle of the magic number. */
export function isPytorchLegacy(head: Uint8Array): boolean {
  const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  return head[0] === 0x80 && magic.every((byte, i) => head[2 + i] === byte);
}

/**
 * Reads what `torch.save` before PyTorch 1.6 wrote: five pickles (magic number, version, machine,
 * contents, keys of the storages), then each storage as its number of elements and its bytes.
 */
export async function readPytorchLegacy(file: FileBytes): Promise<NamedTensors> {
  const { path } = file;
  const magic = unpickle(file, 0, torchRules(path));
  if (magic.value !== MAGIC) {
    const got = magic.value instanceof Placeholder
      ? refusedObject(magic.value.name)
      : "another value";
    throw unreadable(path, "PyTorch's magic number as the first pickle", got);
  }
  const version = unpickle(file, magic.end, torchRules(path));
  if (version.value !== PROTOCOL) {
    throw unreadable(path, `version ${PROTOCOL} of the legacy format`, "another");
  }
  const machine = unpickle(file, version.end, torchRules(path));
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) {
    throw unreadable(path, "a file of a little-endian machine", "one that does not say so");
  }
  const declared = new DeclaredStorages();
  const contents = unpickle(file, machine.end, torchRules(path, declared));
  const keys = unpickle(file, contents.end, torchRules(path));
  const places = locate(file, keys.value, keys.end, declared);
  return await readPickled(contents.value, {
    path,
    fileSize: file.size,
    read: (storage) => Promise.resolve(file.read(places.get(storage)!, byteLength(storage))),
  });
}

/** The first byte of each storage's elements. */
function locate(
  file: FileBytes,
  keys: unknown,
  start: number,
  declared: DeclaredStorages,
): Map<Storage, number> {
  const places = new Map<Storage, number>();
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = typeof key === "string" ? declared.get(key) : undefined;
    if (!storage) throw unreadable(file.path, "a tensor for each storage", "a storage without one");
    const length = new DataView(file.read(start, 8).buffer).getBigInt64(0, true);
    if (length !== BigInt(storage.length)) {
      const needs = `${storage.length} elements in storage "${key}"`;
      throw unreadable(file.path, needs, `${length}`);
    }
    const end = start + 8 + byteLength(storage);
    if (end > file.size) {
      const needs = `${byteLength(storage)} bytes of storage "${key}" from byte ${start + 8} on`;
      throw unreadable(file.path, needs, `a file of ${file.size} bytes`);
    }
    places.set(storage, start + 8);
    start = end;
  }
  for (const storage of declared.all) {
    if (places.has(storage)) continue;
    throw unreadable(file.path, `storage "${storage.key}"`, "none of that key");
  }
  return places;
}
