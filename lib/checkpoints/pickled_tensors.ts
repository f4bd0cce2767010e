import { type NDArray, sizeOf } from "../array.ts";
import { flattened, itemsOf, keyText, MAX_DEPTH, MAX_VALUES } from "./flattened.ts";
import { maxElements } from "./limits.ts";
import { BYTES_PER_ELEMENT, StoredTensor } from "./stored_tensor.ts";
import { gather, isRowMajor, viewFault } from "./strided_view.ts";
import type { PickledTensor, Storage } from "./torch_pickle.ts";
import { unreadable } from "./unreadable.ts";

/** A file's tensors by name, and what an entry `meta` at its top says about them. */
export interface NamedTensors {
  readonly tensors: Map<string, NDArray>;
  /** The classes of Python objects that are no tensors, by the names that tensors there would have. */
  readonly objects: ReadonlyMap<string, string>;
  /** JSON-like, for example mmcv's CLASSES and PALETTE; undefined where the file has none. */
  readonly meta: unknown;
}

/** The storages of a PyTorch file. */
export interface Storages {
  readonly path: string;
  /** Bytes of the whole file. */
  readonly fileSize: number;
  /** The bytes of a storage, exactly as many as it declares; anything else is an error. */
  read(storage: Storage): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The tensors of a pickled checkpoint as float32, in its order; those of nested dicts are named
 * "outer.inner". Each storage is read once and then given up, so that little more than the tensors
 * is held. A dict `optimizer` at the top is left out: it is no part of the network and can be twice
 * its size.
 */
export async function readPickled(content: unknown, storages: Storages): Promise<NamedTensors> {
  const { named, objects } = flattened(content, storages.path);
  checkViews(named, storages);
  const found = new Map<string, Float32Array>();
  const byStorage = Map.groupBy(named, ([, { storage }]) => storage);
  for (const [storage, group] of byStorage) {
    const bytes = storage.length > 0 ? await storages.read(storage) : new Uint8Array();
    const values = new StoredTensor(storage.dtype, [storage.length], bytes).toFloat32();
    for (const [name, { view }] of group) {
      const whole = isRowMajor(view) && sizeOf(view.shape) === values.length;
      found.set(name, whole && group.length === 1 ? values : gather(values, view));
    }
  }
  const tensors = new Map<string, NDArray>();
  for (const [name, { view }] of named) {
    tensors.set(name, { shape: view.shape, data: found.get(name)! });
  }
  const meta = content instanceof Map ? content.get("meta") : undefined;
  return { tensors, objects, meta: meta === undefined ? undefined : plain(meta, storages.path) };
}

function checkViews(named: ReadonlyMap<string, PickledTensor>, { path, fileSize }: Storages): void {
  const limit = maxElements(fileSize);
  const counted = new Set<Storage>();
  let total = 0;
  for (const [name, { view, storage }] of named) {
    const fault = viewFault(view, storage.length);
    if (fault) throw unreadable(path, `for "${name}" ${fault[0]}`, fault[1]);
    total += sizeOf(view.shape) + (counted.has(storage) ? 0 : floatsIn(storage));
    counted.add(storage);
    if (total <= limit) continue;
    const needs = `at most ${limit} elements in all for its ${fileSize} bytes`;
    throw unreadable(path, needs, `${total} with "${name}" [${view.shape}]`);
  }
}

/** A storage's elements, by the memory that they take while they become float32. */
function floatsIn(storage: Storage): number {
  return Math.max(storage.length, Math.ceil(byteLength(storage) / 4));
}

/** The bytes that a storage declares. */
export function byteLength({ dtype, length }: Storage): number {
  return length * BYTES_PER_ELEMENT[dtype];
}

/** Dicts as objects, sets as arrays; what JSON has no form for as null. */
function plain(meta: unknown, path: string): unknown {
  let values = 0;
  const convert = (value: unknown, depth: number): unknown => {
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) {
      const needs = `a meta of at most ${MAX_VALUES} values, ${MAX_DEPTH} deep`;
      throw unreadable(path, needs, "more");
    }
    const items = itemsOf(value);
    if (items) {
      const entries = [...items].map(([key, item]) => [keyText(key), convert(item, depth + 1)]);
      return Object.fromEntries(entries);
    }
    if (Array.isArray(value) || value instanceof Set) {
      return Array.from(value, (item) => convert(item, depth + 1));
    }
    if (typeof value === "bigint") return Number(value);
    return typeof value === "object" ? null : value;
  };
  return convert(meta, 0);
}
