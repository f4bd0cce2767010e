import { open, stat } from "node:fs/promises";
import {
  type AsyncBuffer,
  type ColumnChunk,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { byteSize, excerpt } from "../../words.ts";

/** A column of a Parquet file. */
export interface ParquetColumn {
  readonly name: string;
  /** What it holds, in a word or two: "image", "int64", "list". */
  readonly kind: string;
}

/** A Parquet file that is open: what its end says, and its rows when they are asked for. */
export interface ParquetFile {
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  /** What the `datasets` library wrote into it, a JSON text; undefined where another wrote the file. */
  readonly written: string | undefined;
  /**
   * The rows, of some columns of images. Those of a row group are in memory together, or where it has
   * more bytes than `most`, and an index of pages, those of as many bytes.
   */
  read(
    columns: readonly string[],
    most?: number,
  ): AsyncGenerator<Readonly<Record<string, unknown>>>;
}

/** The Parquet file's own kind of an image, as `datasets` writes it: { bytes, path }. */
export const IMAGE = "image";
const IMAGE_PARTS = ["bytes", "path"];

/** Bytes of rows that are decoded together where the file has an index of pages. */
const BYTES = 2 ** 28;

/** Bytes of a row group without such an index: what a file may make this process take. */
const MOST_BYTES = 2 ** 31;

/** Opens a Parquet file. Another one, or a damaged one, is a SyntaxError. */
export async function openParquet(path: string): Promise<ParquetFile> {
  const file = await bufferOf(path);
  const metadata = await reading(path, () => parquetMetadataAsync(file));
  const { children } = parquetSchema(metadata);
  return {
    path,
    rows: Number(metadata.num_rows),
    columns: children.map((child) => ({ name: child.element.name, kind: kindOf(child) })),
    written: metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value,
    read: (columns, most = BYTES) => rowsOf(path, file, metadata, columns, most),
  };
}

/** The bytes of a file, of which the library asks for parts. */
async function bufferOf(path: string): Promise<AsyncBuffer> {
  const { size } = await stat(path);
  const slice = async (start: number, end = size) => {
    await using file = await open(path);
    const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw new Error("parquet file that became shorter");
      at += bytesRead;
    }
    return bytes.buffer;
  };
  return { byteLength: size, slice };
}

async function* rowsOf(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: readonly string[],
  most: number,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  let first = 0;
  for (const { num_rows, columns: all } of metadata.row_groups) {
    const end = first + Number(num_rows);
    const chunks = await reading(path, () => Promise.resolve(chunksOf(all, columns)));
    const step = rowsAtOnce(path, end - first, chunks, most);
    for (; first < end; first += step) {
      const rowEnd = Math.min(first + step, end);
      yield* await reading(path, () =>
        parquetReadObjects({
          file,
          metadata,
          columns: [...columns],
          rowStart: first,
          rowEnd,
          useOffsetIndex: true,
          utf8: false, // bytes are no text
          geoparquet: false,
        }));
    }
    first = end;
  }
}

/** The parts of a row group with the bytes and paths of columns of images, each there once. */
function chunksOf(all: readonly ColumnChunk[], columns: readonly string[]): readonly ColumnChunk[] {
  const pathOf = ({ meta_data }: ColumnChunk) => meta_data?.path_in_schema ?? [];
  const chunks = all.filter((chunk) => columns.includes(pathOf(chunk)[0] ?? ""));
  const found = chunks.map((chunk) => JSON.stringify(pathOf(chunk))).sort();
  const needed = columns.flatMap((name) => IMAGE_PARTS.map((part) => JSON.stringify([name, part])));
  // The library ends the process over a column in two parts.
  if (found.join() === needed.sort().join()) return chunks;
  throw new Error("parquet row group without the bytes and paths of its columns");
}

/** How many rows of a row group are decoded together: all of a small one. */
function rowsAtOnce(
  path: string,
  rows: number,
  chunks: readonly ColumnChunk[],
  most: number,
): number {
  const bytes = chunks.reduce(
    (sum, { meta_data }) => sum + Number(meta_data!.total_uncompressed_size),
    0,
  );
  if (bytes <= most) return rows;
  if (chunks.every((chunk) => chunk.offset_index_length)) {
    return Math.max(1, Math.floor(rows * most / bytes));
  }
  if (bytes <= MOST_BYTES) return rows;
  throw new RangeError(
    `Cannot read ${path}: row groups of ${byteSize(MOST_BYTES)} at most needed, or an index of ` +
      `pages, got one of ${byteSize(bytes)}; write the file again with smaller row groups`,
  );
}

/** What the Parquet library does; its errors say which file is damaged. */
async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw damaged(path, cause);
  }
}

/** The library's own words begin with "parquet"; what it stumbles over says nothing to a user. */
function damaged(path: string, cause: unknown): SyntaxError {
  const { message } = cause as Error;
  const said = /^parquet (?!.*(undefined|NaN))(.+)/.exec(message)?.[2];
  return new SyntaxError(
    `Cannot read ${path}: an undamaged Parquet file, snappy-compressed or not compressed, needed, ` +
      `got ${said === undefined ? "damaged bytes" : excerpt(said, 200)}; download it again, or ` +
      `write it again with snappy`,
    { cause },
  );
}

function kindOf({ element, children }: SchemaTree): string {
  const names = children.map((child) => child.element.name).sort();
  const isBytes = children.every((child) => child.element.type === "BYTE_ARRAY");
  if (names.join() === IMAGE_PARTS.join() && isBytes) return IMAGE;
  const { converted_type, logical_type, type, repetition_type } = element;
  if (converted_type === "LIST" || repetition_type === "REPEATED") return "list";
  if (converted_type === "UTF8" || logical_type?.type === "STRING") return "text";
  if (children.length > 0) return "struct";
  return type === "BYTE_ARRAY" ? "bytes" : (type ?? "unknown").toLowerCase();
}
