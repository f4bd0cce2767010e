import { KeyLimit } from "./limits.ts";
import { numpyGlobals } from "./numpy_pickle.ts";
import type { Dtype } from "./stored_tensor.ts";
import type { StridedView } from "./strided_view.ts";
import { PickleGlobal, PickleObject, type PickleRules } from "./pickle_rules.ts";
import { Placeholder } from "./placeholder.ts";
import { unreadable } from "./unreadable.ts";

/** The elements that tensors of a PyTorch file share, as its pickle declares them. */
export interface Storage {
  readonly key: string;
  readonly dtype: Dtype;
  /** In elements. */
  readonly length: number;
}

/** The storages that a file's pickle declares, with or without tensors in them. */
export class DeclaredStorages {
  // By "/KEY", so that no key is text that is a number: see `KeyLimit`.
  readonly #byKey = new Map<string, Storage>();

  get(key: string): Storage | undefined {
    return this.#byKey.get(`/${key}`);
  }

  add(storage: Storage): void {
    this.#byKey.set(`/${storage.key}`, storage);
  }

  get all(): readonly Storage[] {
    return [...this.#byKey.values()];
  }

  get size(): number {
    return this.#byKey.size;
  }
}

/** A tensor of a PyTorch file: where its elements are. */
export class PickledTensor extends PickleObject {
  constructor(public storage: Storage, public view: StridedView) {
    super();
  }

  /** In files of 2017 and before: a Parameter's data and four flags, or flags alone. */
  override setState(state: unknown): void {
    const data = Array.isArray(state) && state.length === 5 ? state[0] : undefined;
    if (data instanceof PickledTensor) [this.storage, this.view] = [data.storage, data.view];
  }
}

/** The part of a storage that files of the legacy format may name instead of all of it. */
class StoragePart {
  constructor(readonly storage: Storage, readonly start: number) {}
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

const MAX_STORAGES = 1 << 15;
const MAX_AXES = 64; // as PyTorch has it

/**
 * What `torch.save` writes of state dicts: tensors, parameters, ordered dicts; nothing that runs.
 * The storages that the pickle names, with or without tensors in them, are added to `storages`.
 */
export function torchRules(path: string, storages = new DeclaredStorages()): PickleRules {
  const fault: Fault = (needs, got) => unreadable(path, needs, describe(got), SyntaxError);
  const keys = new KeyLimit((needs, got) => unreadable(path, needs, got, SyntaxError));
  const globals = [...tensorGlobals(fault), orderedDict(keys, fault), ...numpyGlobals()];
  return {
    globals: new Map(globals.map((global) => [global.name, global])),
    keys,
    persistent: (id) => {
      const part = storageOf(id, fault);
      if (part instanceof Placeholder) return part;
      const { key, dtype, length } = part.storage;
      const known = storages.get(key);
      if (known && (known.dtype !== dtype || known.length !== length)) {
        throw fault(`${known.length} elements of ${known.dtype} in storage ${key} again`, id);
      }
      if (known) return new StoragePart(known, part.start);
      if (storages.size === MAX_STORAGES) throw fault(`at most ${MAX_STORAGES} storages`, id);
      storages.add(part.storage);
      return part;
    },
  };
}

type Fault = (needs: string, got: unknown) => Error;
type Build = (args: readonly unknown[]) => unknown;

function tensorGlobals(fault: Fault): PickleGlobal[] {
  const rebuild: Build = ([part, offset, shape, stride]) => {
    if (part instanceof Placeholder) return part; // of a type that no network has
    if (!(part instanceof StoragePart) || typeof offset !== "number") {
      throw fault("a storage and an offset for each tensor", [part, offset]);
    }
    for (const sides of [shape, stride]) {
      if (!Array.isArray(sides)) throw fault("a shape and a stride for each tensor", sides);
      if (sides.length > MAX_AXES) throw fault(`at most ${MAX_AXES} axes`, sides.length);
    }
    if (!isNumbers(shape) || !isNumbers(stride)) {
      throw fault("a shape and a stride for each tensor", [shape, stride]);
    }
    return new PickledTensor(part.storage, { offset: part.start + offset, shape, stride });
  };
  const parameter: Build = ([data]) => {
    // Without data only where its state brings it.
    if (data === undefined) return new PickledTensor(NO_ELEMENTS, NO_VIEW);
    if (data instanceof PickledTensor || data instanceof Placeholder) return data;
    throw fault("a tensor in each parameter", data);
  };
  const plain = [
    new PickleGlobal("torch._utils._rebuild_tensor", rebuild),
    new PickleGlobal("torch._utils._rebuild_tensor_v2", rebuild),
    new PickleGlobal("torch._utils._rebuild_parameter", parameter),
    // What it has beyond a parameter are attributes that a script set.
    new PickleGlobal("torch._utils._rebuild_parameter_with_state", parameter),
    new PickleGlobal("torch.nn.parameter.Parameter", parameter),
  ];
  return [
    ...plain,
    // A tensor of a subclass, or with attributes: the function that rebuilds it, and its arguments.
    new PickleGlobal("torch._tensor._rebuild_from_type_v2", ([func, , args]) => {
      const rebuilds = plain.find((global) => global === func);
      if (!rebuilds) return new Placeholder("torch._tensor._rebuild_from_type_v2");
      return rebuilds.build!(Array.isArray(args) ? args : []);
    }),
    new PickleGlobal("torch.Size", ([sides]) => sides),
    ...Object.keys(DTYPES).map((name) => new PickleGlobal(`torch.${name}`)),
  ];
}

function orderedDict(keys: KeyLimit, fault: Fault): PickleGlobal {
  let entries = 0;
  return new PickleGlobal("collections.OrderedDict", ([pairs = []]) => {
    if (pairs instanceof Placeholder) return pairs;
    if (!isPairs(pairs)) throw fault("pairs in each OrderedDict", pairs);
    entries += pairs.length; // the same pairs could be given to many
    if (entries > MAX_ENTRIES) throw fault(`at most ${MAX_ENTRIES} pairs in all`, entries);
    for (const [key] of pairs) keys.take(key);
    return new Map(pairs);
  });
}

const MAX_ENTRIES = 1 << 20;
const NO_ELEMENTS: Storage = { key: "", dtype: "F32", length: 0 };
const NO_VIEW: StridedView = { offset: 0, shape: [0], stride: [1] };

/** ("storage", type, key, location, elements), in the legacy format with a part of it or None. */
function storageOf(id: unknown, fault: Fault): StoragePart | Placeholder {
  const [kind, type, key, , length, part] = Array.isArray(id) ? id : [];
  // Of a type that no network has, or the class of a module that was pickled whole.
  if (type instanceof Placeholder) return type;
  const dtype = type instanceof PickleGlobal ? DTYPES[type.name.replace("torch.", "")] : undefined;
  if (kind !== "storage" || !dtype || typeof key !== "string" || !isCount(length)) {
    throw fault("storages with a type, a key and a number of elements", id);
  }
  const storage = { key, dtype, length };
  if (part === undefined || part === null) return new StoragePart(storage, 0);
  const start = Array.isArray(part) ? part[1] : undefined;
  if (!isCount(start)) throw fault("a key, a start and a length of a part of a storage", part);
  return new StoragePart(storage, start);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((side) => typeof side === "number");
}

function isPairs(value: unknown): value is readonly [unknown, unknown][] {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
}

/** A pickled value in an error's few words. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `(${value.slice(0, 6).map(describeItem).join(", ")})`;
  return describeItem(value);
}

function describeItem(value: unknown): string {
  if (Number.isNaN(value)) return "nan";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  if (value instanceof PickleGlobal || value instanceof Placeholder) return value.name;
  if (value === null) return "None";
  if (value === undefined) return "nothing";
  return typeof value === "object" ? value.constructor.name : String(value);
}
