import { z } from "zod";
import { sizeOf } from "../array.ts";
import { boundedJson } from "./bounded_json.ts";
import type { ByteSource } from "./byte_source.ts";
import { KeyLimit, MAX_TENSORS, nameFault, shapeFault } from "./limits.ts";
import { BYTES_PER_ELEMENT, type Dtype } from "./stored_tensor.ts";
import { unreadable } from "./unreadable.ts";

/** The name of a header's entry that is no tensor. */
export const METADATA = "__metadata__";

const MAX_HEADER_BYTES = 100_000_000; // the format's own limit
const MAX_AXES = 64;
const MAX_TEXTS = 1 << 16;
/** An object of objects that hold lists. */
const LIMITS = { depth: 3, names: 4 * MAX_TENSORS + MAX_TEXTS };

/** A tensor's place in a file. */
export interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Its first byte in the file's data and the one after its last. */
  readonly start: number;
  readonly end: number;
}

/** What a safetensors file says before its data. */
export interface Header {
  /** In the order of their bytes; together they are all of the data. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The data's first byte in the file. */
  readonly dataStart: number;
}

const integer = z.int().nonnegative();
const entrySchema = z.object({
  dtype: z.enum(Object.keys(BYTES_PER_ELEMENT) as Dtype[]),
  shape: z.array(integer).max(MAX_AXES),
  data_offsets: z.tuple([integer, integer]),
});

/** Reads a file's header and holds it against the file's size. */
export function readHeader(file: ByteSource): Header {
  const { path, size } = file;
  if (size < 8) throw damaged(RangeError, path, "the 8 bytes of the header's length", `${size}`);
  const length = Number(new DataView(file.read(0, 8).buffer).getBigUint64(0, true));
  const limit = Math.min(size - 8, MAX_HEADER_BYTES);
  if (length > limit) {
    throw damaged(RangeError, path, `a header of at most ${limit} bytes`, `${length}`);
  }
  const header = parseJson(file.read(8, length), path);
  if (!isObject(header)) throw faulty(header, [], path);
  const { [METADATA]: metadata = {}, ...tensors } = header;
  if (!isTexts(metadata)) throw faulty(header, [METADATA], path);
  const entries = entriesOf(tensors, path);
  checkLayout(entries, size - 8 - length, path);
  return { entries, metadata, dataStart: 8 + length };
}

/** The error about a safetensors file: what reading it needs and what it holds instead. */
function damaged(
  type: typeof RangeError | typeof SyntaxError,
  path: string,
  needs: string,
  got: string,
): Error {
  return unreadable(`safetensors file ${path}`, needs, got, type);
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return boundedJson(bytes, LIMITS);
  } catch (error) {
    throw damaged(SyntaxError, path, "a header of JSON", (error as Error).message);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

/** The tensors' entries in the order of their bytes. */
function entriesOf(tensors: Readonly<Record<string, unknown>>, path: string): Entry[] {
  const named = Object.entries(tensors);
  if (named.length > MAX_TENSORS) {
    throw damaged(RangeError, path, `at most ${MAX_TENSORS} tensors`, `${named.length}`);
  }
  const keys = new KeyLimit((needs, got) => damaged(RangeError, path, needs, got));
  const entries = named.map(([name, value]): Entry => {
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      throw faulty(tensors, [name, ...parsed.error.issues[0]!.path], path);
    }
    const { dtype, shape, data_offsets: [start, end] } = parsed.data;
    const fault = nameFault(name) ?? shapeFault(shape);
    if (fault) throw damaged(RangeError, path, ...fault);
    keys.take(name);
    return { name, dtype, shape, start, end };
  });
  return entries.sort((a, b) => a.start - b.start || a.end - b.end);
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
    `for every tensor a dtype (${Object.keys(BYTES_PER_ELEMENT).join(", ")}), a shape of at most ` +
      `${MAX_AXES} whole numbers and two data_offsets`,
    `${(JSON.stringify(value) ?? "nothing").slice(0, 60)}${what}`,
  );
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
