import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { type NDArray, sizeOf } from "../array.ts";
import { writeAtomically } from "../files.ts";
import { isFiniteFloat16, toFloat16 } from "../float16.ts";
import { BYTES_PER_ELEMENT, type Dtype, StoredTensor, toBfloat16 } from "./stored_tensor.ts";

/** Tensors by name, in the order of their bytes in the file, and the file's free text entries. */
export interface Checkpoint<T = NDArray> {
  readonly tensors: Map<string, T>;
  readonly metadata: Record<string, string>;
}

/** How a safetensors file is written. */
export interface WriteOptions {
  /** Element type of every tensor; half precision rounds to nearest even. Default F32. */
  readonly dtype?: "F32" | "F16" | "BF16";
  /** Free text entries, for example the step of a training run. Default none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const METADATA = "__metadata__";
const MAX_HEADER_BYTES = 100_000_000; // the format's own limit
const MOST_AT_ONCE = 2 ** 30; // Node reads less than 2 GiB at a time

/** Reads a safetensors file; every element type becomes float32 (F16 and BF16 exactly). */
export async function readSafetensors(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readStoredTensors(path);
  const widened = new Map<string, NDArray>();
  for (const [name, tensor] of tensors) {
    widened.set(name, { shape: tensor.shape, data: tensor.toFloat32() });
  }
  return { tensors: widened, metadata };
}

/** Reads the free text entries of a safetensors file alone, none of its tensors. */
export async function readSafetensorsMetadata(path: string): Promise<Checkpoint["metadata"]> {
  await using file = await open(path, "r");
  return (await readHeader(file, (await file.stat()).size, path)).metadata;
}

/** Reads a safetensors file with its element types kept, each tensor in a buffer of its own. */
export async function readStoredTensors(path: string): Promise<Checkpoint<StoredTensor>> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const header = await readHeader(file, size, path);
  checkLayout(header.entries, header.dataLength, path);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, start, end } of header.entries) {
    const bytes = await readBytes(file, end - start, path);
    tensors.set(name, new StoredTensor(dtype, shape, bytes));
  }
  return { tensors, metadata: header.metadata };
}

/** Writes tensors in the map's order, whole or not at all: a file of that name stays until then. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, NDArray>,
  options: WriteOptions = {},
): Promise<void> {
  const { dtype = "F32", metadata = {} } = options;
  const header: Record<string, unknown> = { [METADATA]: metadata };
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const bytes = encode(name, tensor, dtype, path);
    const end = offset + bytes.byteLength;
    header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, end] };
    chunks.push(bytes);
    offset = end;
  }
  await writeAtomically(path, [encodeHeader(header), ...chunks]);
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

const integer = z.int().nonnegative();
const headerSchema = z.object({ [METADATA]: z.record(z.string(), z.string()).optional() }).catchall(
  z.object({
    dtype: z.enum(Object.keys(BYTES_PER_ELEMENT) as Dtype[]),
    shape: z.array(integer),
    data_offsets: z.tuple([integer, integer]),
  }),
);

/** The entries in the order of their bytes; leaves the file's position at the first of them. */
async function readHeader(file: FileHandle, size: number, path: string) {
  if (size < 8) throw damaged(RangeError, path, "the 8 bytes of the header's length", `${size}`);
  const prefix = await readBytes(file, 8, path);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  const limit = Math.min(size - 8, MAX_HEADER_BYTES);
  if (length > limit) {
    throw damaged(RangeError, path, `a header of at most ${limit} bytes`, `${length}`);
  }
  const header = parseJson(await readBytes(file, length, path), path);
  const parsed = headerSchema.safeParse(header);
  if (!parsed.success) throw faulty(header, parsed.error.issues[0]!.path, path);
  const { [METADATA]: metadata = {}, ...tensors } = parsed.data;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data_offsets }]): Entry => {
    return { name, dtype, shape, start: data_offsets[0], end: data_offsets[1] };
  });
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  return { entries, metadata, dataLength: size - 8 - length };
}

/** The first entry of a header that does not fit, in the file's own words. */
function faulty(header: unknown, [name, field]: readonly PropertyKey[], path: string): Error {
  const at = (value: unknown, key: PropertyKey) => (value as Record<PropertyKey, unknown>)?.[key];
  const entry = name === undefined ? header : at(header, name);
  const value = field === undefined ? entry : at(entry, field);
  const what = name === undefined ? "" : ` as ${String(field ?? "entry")} of "${String(name)}"`;
  return damaged(
    SyntaxError,
    path,
    `for every tensor a dtype (${Object.keys(BYTES_PER_ELEMENT).join(", ")}), a shape of whole ` +
      `numbers and two data_offsets`,
    `${(JSON.stringify(value) ?? "nothing").slice(0, 60)}${what}`,
  );
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw damaged(SyntaxError, path, "a header of JSON", (error as Error).message);
  }
}

/** Every byte after the header must belong to exactly one tensor of just that size. */
function checkLayout(entries: readonly Entry[], dataLength: number, path: string): void {
  let expected = 0;
  for (const { name, dtype, shape, start, end } of entries) {
    const range = `${start} to ${end}`;
    if (end < start || end > dataLength) {
      throw damaged(RangeError, path, `"${name}" within its ${dataLength} bytes of data`, range);
    }
    const bytes = sizeOf(shape) * BYTES_PER_ELEMENT[dtype];
    if (end - start !== bytes) {
      const needs = `${bytes} bytes for "${name}" (${dtype} [${shape}])`;
      throw damaged(RangeError, path, needs, `${end - start}`);
    }
    if (start !== expected) {
      const fault = start < expected ? "an overlap" : "a hole";
      throw damaged(RangeError, path, `"${name}" to start at ${expected}`, `${start} (${fault})`);
    }
    expected = end;
  }
  if (expected !== dataLength) {
    throw damaged(RangeError, path, `${expected} bytes of data`, `${dataLength}`);
  }
}

async function readBytes(
  file: FileHandle,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const most = Math.min(length - filled, MOST_AT_ONCE);
    const { bytesRead } = await file.read(bytes, filled, most);
    if (bytesRead === 0) throw damaged(RangeError, path, `${length} more bytes`, `${filled}`);
    filled += bytesRead;
  }
  return bytes;
}

type ErrorClass = typeof RangeError | typeof SyntaxError;

function damaged(type: ErrorClass, path: string, needs: string, got: string): Error {
  return new type(`Cannot read safetensors file ${path}: it needs ${needs}, got ${got}`);
}

function encode(name: string, tensor: NDArray, dtype: Dtype, path: string): Uint8Array {
  const { shape, data } = tensor;
  const fail = (needs: string, got: string) =>
    new RangeError(`Cannot write "${name}" to ${path}: it needs ${needs}, got ${got}`);
  if (name === METADATA) throw fail("a tensor's name", "the name of the metadata");
  if (data.length !== sizeOf(shape)) {
    throw fail(`${sizeOf(shape)} values for [${shape}]`, `${data.length}`);
  }
  if (dtype === "F32") return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const halves = dtype === "F16" ? toFloat16(data) : toBfloat16(data);
  if (dtype === "F16") {
    const overflow = data.findIndex((value, i) => isFinite(value) && !isFiniteFloat16(halves[i]!));
    if (overflow >= 0) throw fail("values below 65520 for F16", `${data[overflow]}`);
  }
  return new Uint8Array(halves.buffer);
}

/** Length and JSON, padded with spaces so that the data starts at a multiple of 8 bytes. */
function encodeHeader(header: Record<string, unknown>): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
