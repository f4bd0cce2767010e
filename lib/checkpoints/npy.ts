/**
 * NumPy's .npy format. Written here because npm's reader, npyjs 1.2.0, refuses bfloat16 as JAX
 * saves it, does not hold the shape against the bytes that there are, and undoes a Fortran order
 * only into nested arrays.
 */
import { type NDArray, sizeOf } from "../array.ts";
import { shapeFault } from "./limits.ts";
import { BYTES_PER_ELEMENT, type Dtype, StoredTensor } from "./stored_tensor.ts";
import { gather } from "./strided_view.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"

const DTYPES: ReadonlyMap<string, Dtype> = new Map(Object.entries({
  "<f8": "F64",
  "<f4": "F32",
  "<f2": "F16",
  "|V2": "BF16", // NumPy has no bfloat16 and stores ml_dtypes' as two bytes without a meaning
  "<i8": "I64",
  "<i4": "I32",
  "<i2": "I16",
  "|i1": "I8",
  "<u8": "U64",
  "<u4": "U32",
  "<u2": "U16",
  "|u1": "U8",
  "|b1": "BOOL",
}));

/** The element type of NumPy's description of it (`<f4`), with its bytes per element. */
export function dtypeOf(descr: string): { name: Dtype; bytes: number } | undefined {
  const name = DTYPES.get(descr);
  return name && { name, bytes: BYTES_PER_ELEMENT[name] };
}

/** Bytes before the elements; NumPy reads no longer headers either, without being told to. */
export const MAX_NPY_HEADER = 10_000;

const MAX_AXES = 64; // as NumPy has it

/**
 * The array of a .npy file's bytes as float32, row-major whatever order the file has; one of more
 * than `atMost` elements is an error.
 */
export function parseNpy(
  bytes: Uint8Array<ArrayBuffer>,
  atMost: number,
  fault: (needs: string, got: string) => Error,
): NDArray {
  const { descr, fortran, shape, start } = parseHeader(bytes, fault);
  const dtype = dtypeOf(descr);
  if (!dtype) throw fault(`one of ${[...DTYPES.keys()].join(" ")}`, `elements of type ${descr}`);
  const needed = sizeOf(shape) * dtype.bytes;
  if (bytes.length - start !== needed) {
    throw fault(`${needed} bytes for [${shape}] of ${descr}`, `${bytes.length - start}`);
  }
  const wrong = shapeFault(shape);
  if (wrong) throw fault(...wrong);
  if (sizeOf(shape) > atMost) {
    throw fault(`at most ${atMost} elements for a file of this size`, `[${shape}]`);
  }
  const data = new StoredTensor(dtype.name, shape, bytes.slice(start)).toFloat32();
  if (!fortran || shape.length < 2) return { shape, data };
  const stride = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  return { shape, data: gather(data, { offset: 0, shape, stride }) };
}

/** What stands before the elements of a row-major array in a .npy file of version 1.0. */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64; // the elements begin aligned
  const lengths = [(length - 10) & 255, (length - 10) >> 8];
  const padded = `${text.padEnd(length - 11)}\n`;
  return Uint8Array.of(...MAGIC, 1, 0, ...lengths, ...new TextEncoder().encode(padded));
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** The first byte of the elements. */
  readonly start: number;
}

/** Magic, version, length, and a Python dict of three entries as text. */
function parseHeader(
  bytes: Uint8Array<ArrayBuffer>,
  fault: (needs: string, got: string) => Error,
): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || !MAGIC.every((byte, i) => bytes[i] === byte)) {
    throw fault("NumPy's magic and a header", `${bytes.length} bytes that begin otherwise`);
  }
  const version = bytes[6]!;
  const first = version === 1 ? 10 : 12;
  const start = first + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  const text = new TextDecoder().decode(bytes.subarray(first, Math.min(start, MAX_NPY_HEADER)));
  const descr = text.match(/'descr'\s*:\s*'([^']*)'/)?.[1];
  const fortran = text.match(/'fortran_order'\s*:\s*(True|False)/)?.[1];
  const sides = text.match(/'shape'\s*:\s*\(([\d\sL,]*)\)/)?.[1];
  if (descr === undefined || !fortran || sides === undefined || start > bytes.length) {
    throw fault("a header with descr, fortran_order and shape", JSON.stringify(text.slice(0, 100)));
  }
  const shape = (sides.match(/\d+/g) ?? []).map(Number);
  if (shape.length > MAX_AXES || !shape.every(Number.isSafeInteger)) {
    throw fault(`a shape of at most ${MAX_AXES} numbers below 2^53`, `(${sides})`);
  }
  return { descr, fortran: fortran === "True", shape, start };
}
