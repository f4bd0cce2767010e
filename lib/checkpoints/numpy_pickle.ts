import { dtypeOf } from "./npy.ts";
import { StoredTensor } from "./stored_tensor.ts";
import { PickleGlobal, PickleObject } from "./pickle_rules.ts";
import { Placeholder } from "./placeholder.ts";

/** `numpy.dtype("f8")`, whose byte order its state tells. */
class NumpyDtype extends PickleObject {
  #order = "";

  constructor(readonly kind: string) {
    super();
  }

  override setState(state: unknown): void {
    const order = Array.isArray(state) ? state[1] : undefined;
    // Whatever else stands there could be as long as a file can make it.
    this.#order = typeof order === "string" && order.length === 1 ? order : "";
  }

  get descr(): string {
    return `${this.#order}${this.kind}`;
  }
}

const MAX_KIND = 8; // characters: "f8", "datetime"
const MAX_SCALAR = 16; // bytes

/**
 * NumPy's numbers in a pickle: mmcv keeps a validation score as a float64 beside the weights.
 * Python writes their bytes as text in Latin-1 (`_codecs.encode`). Text, dates and records of NumPy
 * are placeholders, as its arrays are.
 */
export function numpyGlobals(): PickleGlobal[] {
  const scalar = ([dtype, bytes]: readonly unknown[]) => {
    const type = dtype instanceof NumpyDtype ? dtypeOf(dtype.descr) : undefined;
    if (!type || !(bytes instanceof Uint8Array) || bytes.length !== type.bytes) {
      return new Placeholder("numpy.generic");
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
      const isName = typeof kind === "string" && kind.length <= MAX_KIND;
      return isName ? new NumpyDtype(kind) : new Placeholder("numpy.dtype");
    }),
    new PickleGlobal("_codecs.encode", ([text, encoding]) => {
      // Of a number's length: an array's bytes, megabytes of them, are for a placeholder.
      const isNumber = typeof text === "string" && text.length <= MAX_SCALAR;
      const codes = isNumber ? Array.from(text, (character) => character.charCodeAt(0)) : [256];
      const isLatin1 = encoding === "latin1" && codes.every((code) => code < 256);
      return isLatin1 ? Uint8Array.from(codes) : new Placeholder("bytes");
    }),
  ];
}
