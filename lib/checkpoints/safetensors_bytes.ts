import { type NDArray, sizeOf } from "../array.ts";
import { isFiniteFloat16, toFloat16 } from "../float16.ts";
import type { ByteSource } from "./byte_source.ts";
import { METADATA, readHeader } from "./safetensors_header.ts";
import { type Dtype, StoredTensor, toBfloat16 } from "./stored_tensor.ts";

/** Tensors by name, in the order of their bytes in the file, and the file's free text entries. */
export interface Checkpoint<T = NDArray> {
  readonly tensors: Map<string, T>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** How a safetensors file is written. */
export interface WriteOptions {
  /** Element type of every tensor; half precision rounds to nearest even. Default F32. */
  readonly dtype?: "F32" | "F16" | "BF16";
  /** Free text entries, for example the step of a training run. Default none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Reads a safetensors file's bytes; every element type becomes float32 (F16 and BF16 exactly). */
export function tensorsIn(file: ByteSource): Checkpoint {
  const { tensors, metadata } = storedTensorsIn(file);
  const widened = new Map<string, NDArray>();
  for (const [name, tensor] of tensors) {
    widened.set(name, { shape: tensor.shape, data: tensor.toFloat32() });
  }
  return { tensors: widened, metadata };
}

/** Reads a safetensors file's bytes with its element types kept, each tensor in a buffer of its own. */
export function storedTensorsIn(file: ByteSource): Checkpoint<StoredTensor> {
  const { entries, metadata, dataStart } = readHeader(file);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, start, end } of entries) {
    const bytes = file.read(dataStart + start, end - start);
    tensors.set(name, new StoredTensor(dtype, shape, bytes));
  }
  return { tensors, metadata };
}

/** The bytes of a safetensors file with tensors in the map's order, in pieces; `path` is for errors. */
export function safetensorsOf(
  path: string,
  tensors: ReadonlyMap<string, NDArray>,
  options: WriteOptions = {},
): Uint8Array[] {
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
  return [encodeHeader(header), ...chunks];
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
