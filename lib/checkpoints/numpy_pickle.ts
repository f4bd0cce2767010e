import { dtypeOf } from "./npy.ts";
import { StoredTensor } from "./stored_tensor.ts";
import { PickleGlobal, PickleObject } from "./unpickle.ts";

/** `numpy.dtype("f8")`, whose byte order its state tells. */
class NumpyDtype extends PickleObject {
  #order: unknown;

  constructor(readonly kind: string) {
    super();
  }

  override setState(state: unknown): void {
    this.#order = Array.isArray(state) ? state[1] : undefined;
  }

  get descr(): string {
    return `${this.#order}${this.kind}`;
  }
}

/**
 * NumPy's numbers in a pickle: mmcv keeps a validation score as a float64 beside the weights.
 * Python writes their bytes as text in Latin-1 (`_codecs.encode`).
 */
export function numpyGlobals(fault: (needs: string, got: unknown) => Error): PickleGlobal[] {
  const scalar = ([dtype, bytes]: readonly unknown[]) => {
    const type = dtype instanceof NumpyDtype ? dtypeOf(dtype.descr) : undefined;
    if (!type || !(bytes instanceof Uint8Array) || bytes.length !== type.bytes) {
      throw fault("NumPy's numbers with their type and bytes", dtype);
    }
    const { buffer } = bytes.slice();
    // Rounded beyond 2^53, where a tensor's exact numbers would be refused.
    if (type.name === "I64") return Number(new BigInt64Array(buffer)[0]);
    if (type.name === "U64") return Number(new BigUint64Array(buffer)[0]);
    return new StoredTensor(type.name, [], new Uint8Array(buffer)).toNumbers()[0];
  };
  return [
    new PickleGlobal("numpy.core.multiarray.scalar", scalar),
    new PickleGlobal("numpy._core.multiarray.scalar", scalar),
    new PickleGlobal("numpy.dtype", ([kind]) => {
      if (typeof kind === "string") return new NumpyDtype(kind);
      throw fault("the name of a NumPy type", kind);
    }),
    new PickleGlobal("_codecs.encode", ([text, encoding]) => {
      if (typeof text === "string" && encoding === "latin1") {
        return Uint8Array.from(text, (character) => character.charCodeAt(0));
      }
      throw fault("bytes as text in latin1", encoding);
    }),
  ];
}
