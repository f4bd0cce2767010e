import { numpyGlobals } from "./numpy_pickle.ts";
import type { Dtype } from "./stored_tensor.ts";
import type { StridedView } from "./strided_view.ts";
import { PickleGlobal, PickleObject, type PickleRules } from "./unpickle.ts";
import { unreadable } from "./unreadable.ts";

/** The elements that tensors of a PyTorch file share, as its pickle declares them. */
export interface Storage {
  readonly key: string;
  readonly dtype: Dtype;
  /** In elements. */
  readonly length: number;
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

/**
 * What `torch.save` writes of state dicts: tensors, parameters, ordered dicts; nothing that runs.
 * The storages that the pickle names, with or without tensors in them, are added to `storages`.
 */
export function torchRules(path: string, storages = new Map<string, Storage>()): PickleRules {
  const fault: Fault = (needs, got) => unreadable(path, needs, describe(got), SyntaxError);
  const globals = [...torchGlobals(fault), ...numpyGlobals(fault)];
  return {
    globals: new Map(globals.map((global) => [global.name, global])),
    persistent: (id) => {
      const part = storageOf(id, fault);
      const { key, dtype, length } = part.storage;
      const known = storages.get(key);
      if (known && (known.dtype !== dtype || known.length !== length)) {
        throw fault(`${known.length} elements of ${known.dtype} in storage ${key} again`, id);
      }
      storages.set(key, part.storage);
      return part;
    },
  };
}

type Fault = (needs: string, got: unknown) => Error;

function torchGlobals(fault: Fault): PickleGlobal[] {
  const rebuild = ([part, offset, shape, stride]: readonly unknown[]) => {
    if (!(part instanceof StoragePart) || typeof offset !== "number") {
      throw fault("a storage and an offset for each tensor", [part, offset]);
    }
    if (!isNumbers(shape) || !isNumbers(stride)) {
      throw fault("a shape and a stride for each tensor", [shape, stride]);
    }
    return new PickledTensor(part.storage, { offset: part.start + offset, shape, stride });
  };
  const parameter = ([data]: readonly unknown[]) => {
    // Without data only where its state brings it.
    if (data === undefined) return new PickledTensor(NO_ELEMENTS, NO_VIEW);
    if (!(data instanceof PickledTensor)) throw fault("a tensor in each parameter", data);
    return data;
  };
  return [
    new PickleGlobal("torch._utils._rebuild_tensor", rebuild),
    new PickleGlobal("torch._utils._rebuild_tensor_v2", rebuild),
    new PickleGlobal("torch._utils._rebuild_parameter", parameter),
    new PickleGlobal("torch.nn.parameter.Parameter", parameter),
    new PickleGlobal("torch.Size", ([sides]) => sides),
    new PickleGlobal("collections.OrderedDict", ([pairs = []]) => {
      if (isPairs(pairs)) return new Map(pairs);
      throw fault("pairs in each OrderedDict", pairs);
    }),
    ...Object.keys(DTYPES).map((name) => new PickleGlobal(`torch.${name}`)),
  ];
}

const NO_ELEMENTS: Storage = { key: "", dtype: "F32", length: 0 };
const NO_VIEW: StridedView = { offset: 0, shape: [0], stride: [1] };

/** ("storage", type, key, location, elements), in the legacy format with a part of it or None. */
function storageOf(id: unknown, fault: Fault): StoragePart {
  const [kind, type, key, , length, part] = Array.isArray(id) ? id : [];
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
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  if (value instanceof PickleGlobal) return value.name;
  if (value === null) return "None";
  if (value === undefined) return "nothing";
  return typeof value === "object" ? value.constructor.name : String(value);
}
