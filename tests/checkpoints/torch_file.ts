/** Writes pickles and PyTorch files by hand, those that PyTorch would not write among them. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";

/** A value that `pickle` writes: tuples as arrays, dicts as Map, and opcodes as they are. */
export type Value = null | boolean | number | string | readonly Value[] | Dict | Uint8Array;
type Dict = ReadonlyMap<Value, Value>;

/** Bytes one after the other; text as UTF-8. */
export function concat(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return joined(parts.map((part) => {
    if (typeof part === "number") return Uint8Array.of(part);
    return typeof part === "string" ? new TextEncoder().encode(part) : part;
  }));
}

/** Pieces one after the other, thousands of them too. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const piece of pieces) {
    bytes.set(piece, start);
    start += piece.length;
  }
  return bytes;
}

/** A whole pickle of protocol 2. */
export function pickle(value: Value): Uint8Array {
  return concat(0x80, 2, opcodes(value), ".");
}

/** The opcodes that push a value. */
export function opcodes(value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value === null) return concat("N");
  if (typeof value === "boolean") return concat(value ? 0x88 : 0x89);
  if (typeof value === "number") {
    const integer = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    return concat(0x8a, 8, integer);
  }
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    return concat("X", little32(text.length), text);
  }
  if (value instanceof Map) {
    return concat("}(", ...[...value].flat().map((item) => opcodes(item as Value)), "u");
  }
  return concat("(", ...(value as readonly Value[]).map(opcodes), "t");
}

export function little32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

export function global(module: string, name: string): Uint8Array {
  return concat("c", module, "\n", name, "\n");
}

/** `callee(...args)`. */
export function call(callee: Uint8Array, ...args: readonly Value[]): Uint8Array {
  return concat(callee, opcodes(args), "R");
}

interface Stored {
  readonly key?: string;
  /** Elements of the storage. */
  readonly length: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly type?: string;
}

/** A tensor as `torch.save` pickles it; its storage is float32 "0" unless told otherwise. */
export function tensor(stored: Stored): Uint8Array {
  const { key = "0", length, offset = 0, shape, stride, type = "FloatStorage" } = stored;
  const storage = concat(opcodes(["storage", global("torch", type), key, "cpu", length]), "Q");
  const hooks = call(global("collections", "OrderedDict"));
  const rebuild = global("torch._utils", "_rebuild_tensor_v2");
  return call(rebuild, storage, offset, shape, stride, false, hooks);
}

export type Files = Readonly<Record<string, Uint8Array>>;

/** A zip archive of files in the order given, stored or deflated. */
export async function zip(files: Files, level = 0): Promise<Uint8Array<ArrayBuffer>> {
  const options = { level, useWebWorkers: false, extendedTimestamp: false };
  const archive = new ZipWriter(new Uint8ArrayWriter(), options);
  for (const [name, bytes] of Object.entries(files)) {
    await archive.add(name, new Uint8ArrayReader(bytes));
  }
  return await archive.close() as Uint8Array<ArrayBuffer>;
}

/** A file in the zip format: contents, and storages by their keys. */
export function torchZip(contents: Value, storages: Files = {}, byteOrder = "little") {
  const data = Object.entries(storages).map(([key, bytes]) => [`x/data/${key}`, bytes]);
  return zip({
    "x/data.pkl": pickle(contents),
    "x/byteorder": concat(byteOrder),
    ...Object.fromEntries(data),
  });
}

/** A file in the legacy format: contents, and storages of float32 by their keys. */
export function torchLegacy(contents: Value, storages: Files, machine: Value = true): Uint8Array {
  const magic = concat(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
  return concat(
    pickle(magic),
    pickle(1001),
    pickle(new Map<Value, Value>([["protocol_version", 1001], ["little_endian", machine]])),
    pickle(contents),
    pickle(
      Object.keys(storages).reduce((list, key) => concat(list, opcodes(key), "a"), concat("]")),
    ),
    ...Object.values(storages).flatMap((bytes) => [
      new Uint8Array(BigInt64Array.of(BigInt(bytes.length / 4)).buffer),
      bytes,
    ]),
  );
}

/** The bytes of float32 numbers. */
export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Runs a body with the path of a file of these bytes that is removed afterwards. */
export async function withFile<T>(bytes: Uint8Array, body: (path: string) => Promise<T>) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    return await body(path);
  } finally {
    await Deno.remove(path);
  }
}
