import { type NDArray, sizeOf } from "../array.ts";
import { BYTES_PER_ELEMENT, StoredTensor } from "./stored_tensor.ts";
import { gather, isRowMajor, viewFault } from "./strided_view.ts";
import { PickledTensor, type Storage } from "./torch_pickle.ts";
import { unreadable } from "./unreadable.ts";

/** A file's tensors by name, and what an entry `meta` at its top says about them. */
export interface NamedTensors {
  readonly tensors: Map<string, NDArray>;
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

const MAX_DEPTH = 100;
const MAX_VALUES = 1 << 20;

/**
 * The tensors of a pickled checkpoint as float32, in its order; those of nested dicts are named
 * "outer.inner". Each storage is read once and then given up, so that little more than the tensors
 * is held. A dict `optimizer` at the top is left out: it is no part of the network and can be twice
 * its size.
 */
export async function readPickled(content: unknown, storages: Storages): Promise<NamedTensors> {
  const named = flatten(content, storages.path);
  checkViews(named, storages);
  const found = new Map<string, Float32Array>();
  const byStorage = Map.groupBy(named, ([, { storage }]) => storage.key);
  for (const group of byStorage.values()) {
    const { storage } = group[0]![1];
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
  return { tensors, meta: meta === undefined ? undefined : plain(meta, storages.path) };
}

function flatten(content: unknown, path: string): Map<string, PickledTensor> {
  const named = new Map<string, PickledTensor>();
  let values = 0;
  const visit = (dict: ReadonlyMap<unknown, unknown>, prefix: string, depth: number) => {
    if (depth > MAX_DEPTH) throw unreadable(path, `dicts nested ${MAX_DEPTH} deep at most`, "more");
    for (const [key, value] of dict) {
      if (++values > MAX_VALUES) throw unreadable(path, `at most ${MAX_VALUES} values`, "more");
      const name = `${prefix}${keyText(key)}`;
      if (value instanceof Map && name !== "optimizer") visit(value, `${name}.`, depth + 1);
      if (!(value instanceof PickledTensor)) continue;
      if (named.has(name)) throw unreadable(path, "a name for each tensor", `two called ${name}`);
      named.set(name, value);
    }
  };
  if (content instanceof Map) visit(content, "", 0);
  if (named.size === 0) {
    const got = content instanceof PickledTensor ? "a single tensor" : "none";
    throw unreadable(path, "tensors in a dict or in nested dicts", got, TypeError);
  }
  return named;
}

function checkViews(named: ReadonlyMap<string, PickledTensor>, { path, fileSize }: Storages): void {
  // Tensors may share elements, a stride of 0 repeats them, and a zip archive may be compressed:
  // without a limit a file of a few bytes could ask for all memory.
  const limit = 4 * fileSize + (1 << 20);
  const counted = new Set<string>();
  let total = 0;
  for (const [name, { view, storage }] of named) {
    const fault = viewFault(view, storage.length);
    if (fault) throw unreadable(path, `for "${name}" ${fault[0]}`, fault[1]);
    total += sizeOf(view.shape) + (counted.has(storage.key) ? 0 : storage.length);
    counted.add(storage.key);
    if (total <= limit) continue;
    const needs = `at most ${limit} elements in all for its ${fileSize} bytes`;
    throw unreadable(path, needs, `${total} with "${name}" [${view.shape}]`);
  }
}

/** The bytes that a storage declares. */
export function byteLength({ dtype, length }: Storage): number {
  return length * BYTES_PER_ELEMENT[dtype];
}

/** A dict's key; that of a tuple says nothing, and to print one could take for ever. */
function keyText(key: unknown): string {
  return typeof key === "object" ? "?" : String(key);
}

/** Dicts as objects, sets as arrays; what JSON has no form for as null. */
function plain(meta: unknown, path: string): unknown {
  let values = 0;
  const convert = (value: unknown, depth: number): unknown => {
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) {
      const needs = `a meta of at most ${MAX_VALUES} values, ${MAX_DEPTH} deep`;
      throw unreadable(path, needs, "more");
    }
    if (value instanceof Map) {
      const entries = [...value].map(([key, item]) => [keyText(key), convert(item, depth + 1)]);
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
