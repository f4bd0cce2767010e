import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { excerpt, firstOf } from "../../words.ts";

/**
 * A two-dimensional numeric array of a MAT file: [rows, columns], column-major as MATLAB stores it.
 */
export interface MatMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
}

// Numbers of the types, as in "MAT-File Format" (MathWorks), tables 1-1 and 1-3. 64-bit integers
// are left out: no label map has them.
const MATRIX = 14;
const COMPRESSED = 15;
const NUMERIC_CLASSES: readonly number[] = [6, 7, 8, 9, 10, 11, 12, 13]; // double … uint32
const COMPLEX = 0x0800;
const HEADER = 128; // bytes
const MAX_INFLATED = 1 << 26; // bytes of all variables
const MAX_NUMBERS = 1 << 24; // of a matrix; the largest image has 500 × 500 pixels
const MAX_DIMENSIONS = 32;
const MAX_ELEMENTS = 1000; // variables; a small file may have a million without contents

interface Numbers {
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => number;
}

const NUMBERS: ReadonlyMap<number, Numbers> = new Map<number, Numbers>([
  [1, { bytes: 1, read: (view, at) => view.getInt8(at) }],
  [2, { bytes: 1, read: (view, at) => view.getUint8(at) }],
  [3, { bytes: 2, read: (view, at, little) => view.getInt16(at, little) }],
  [4, { bytes: 2, read: (view, at, little) => view.getUint16(at, little) }],
  [5, { bytes: 4, read: (view, at, little) => view.getInt32(at, little) }],
  [6, { bytes: 4, read: (view, at, little) => view.getUint32(at, little) }],
  [7, { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) }],
  [9, { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) }],
]);

/**
 * Reads one real, two-dimensional numeric variable of a MATLAB 5 MAT file (`save` without -v7.3),
 * compressed or not; `file` is its name in errors. No maintained package under a free licence reads
 * the format; Pascal Context needs this much of it.
 */
export async function readMatMatrix(
  bytes: Uint8Array,
  variable: string,
  file: string,
): Promise<MatMatrix> {
  const fail = (needs: string, got: string) => {
    return new SyntaxError(`Cannot read ${file}: it needs ${needs}, got ${got}`);
  };
  const little = byteOrder(bytes, fail);
  const found: string[] = [];
  let [left, count] = [MAX_INFLATED, 0];
  for (const element of elements(bytes.subarray(HEADER), little, fail)) {
    if (++count > MAX_ELEMENTS) throw fail(`at most ${MAX_ELEMENTS} variables`, "more");
    const data = element.type === COMPRESSED
      ? await inflated(element.data, left, fail)
      : element.data;
    if (element.type === COMPRESSED) left -= data.length;
    const [matrix] = element.type === COMPRESSED ? elements(data, little, fail) : [element];
    if (matrix?.type !== MATRIX) continue;
    const parts = elements(matrix.data, little, fail).take(4).toArray();
    const name = new TextDecoder("latin1").decode(parts[2]?.data);
    if (name === variable) return matrixOf(parts, little, name, fail);
    found.push(excerpt(name) || "one without a name");
  }
  throw fail(`a variable ${variable}`, found.length > 0 ? firstOf(found) : "none");
}

type Fail = (needs: string, got: string) => Error;

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
}

function byteOrder(bytes: Uint8Array, fail: Fail): boolean {
  const needs = "a MATLAB 5 MAT file";
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, HEADER));
  if (text.startsWith("MATLAB 7.3")) throw fail(needs, "one of version 7.3 (HDF5)");
  const mark = text.slice(126);
  if (bytes.length < HEADER || (mark !== "IM" && mark !== "MI")) {
    throw fail(needs, `${bytes.length} bytes without its header`);
  }
  return mark === "IM";
}

/** The elements that lie one after another in `bytes`, as views of it. */
function* elements(bytes: Uint8Array, little: boolean, fail: Fail): Generator<Element> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) {
      throw fail("a whole file", `${bytes.length - at} bytes of an element`);
    }
    const first = view.getUint32(at, little);
    const small = first >>> 16; // bytes of an element that has its data in its tag
    const type = small > 0 ? first & 0xffff : first;
    const size = small > 0 ? small : view.getUint32(at + 4, little);
    const start = at + (small > 0 ? 4 : 8);
    if (small > 4 || start + size > bytes.length) {
      throw fail(
        "a whole file",
        `an element of ${size} bytes where ${bytes.length - start} are left`,
      );
    }
    yield { type, data: bytes.subarray(start, start + size) };
    const padding = type === COMPRESSED ? 0 : -size & 7;
    at = small > 0 ? at + 8 : start + size + padding;
  }
}

async function inflated(data: Uint8Array, most: number, fail: Fail): Promise<Uint8Array> {
  try {
    return await promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(inflate)(data, {
      maxOutputLength: Math.max(1, most),
    });
  } catch (cause) {
    throw fail("undamaged compressed variables", (cause as Error).message);
  }
}

/** Parts of a matrix: flags and class, dimensions, name, real numbers, perhaps imaginary ones. */
function matrixOf(
  [flags, dimensions, , real]: readonly Element[],
  little: boolean,
  name: string,
  fail: Fail,
): MatMatrix {
  const [word] = numbersOf(flags, little, name, MAX_DIMENSIONS, fail);
  const dims = Array.from(numbersOf(dimensions, little, name, MAX_DIMENSIONS, fail));
  const [rows, columns] = dims;
  const kind = word! & 0xff;
  if (!NUMERIC_CLASSES.includes(kind) || (word! & COMPLEX) !== 0 || dims.length !== 2) {
    const got = `class ${kind}${word! & COMPLEX ? ", complex" : ""}, ${dims.length} dimensions`;
    throw fail(`a real numeric matrix in ${name}`, got);
  }
  const values = numbersOf(real, little, name, MAX_NUMBERS, fail);
  if (!(rows! >= 0 && columns! >= 0) || values.length !== rows! * columns!) {
    throw fail(`${rows} × ${columns} numbers in ${name}`, `${values.length}`);
  }
  return { rows: rows!, columns: columns!, values };
}

/** MATLAB stores numbers in the smallest type that holds them, whatever the array's class. */
function numbersOf(
  element: Element | undefined,
  little: boolean,
  name: string,
  most: number,
  fail: Fail,
) {
  const numbers = NUMBERS.get(element?.type ?? 0);
  if (!element || !numbers || element.data.length % numbers.bytes !== 0) {
    throw fail(`numbers of 8 to 64 bits in ${name}`, `data of type ${element?.type ?? "none"}`);
  }
  const { buffer, byteOffset, byteLength } = element.data;
  const view = new DataView(buffer, byteOffset, byteLength);
  const length = byteLength / numbers.bytes;
  if (length > most) throw fail(`at most ${most} numbers in ${name}`, `${length}`);
  return Float64Array.from({ length }, (_, i) => numbers.read(view, i * numbers.bytes, little));
}
