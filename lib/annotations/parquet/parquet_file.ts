import { stat } from "node:fs/promises";
import {
  asyncBufferFromFile,
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
  /** The rows, of some columns; a few at a time are in memory. */
  read(columns: readonly string[]): AsyncGenerator<Readonly<Record<string, unknown>>>;
}

/** The Parquet file's own kind of an image, as `datasets` writes it: { bytes, path }. */
export const IMAGE = "image";

/** Rows that are decoded together where the file says where their pages are. */
const ROWS = 32;

/** Bytes of rows that are decoded together: what a file may make this process take. */
const MOST_BYTES = 2 ** 31;

/** Opens a Parquet file. Another one, or a damaged one, is a SyntaxError. */
export async function openParquet(path: string): Promise<ParquetFile> {
  await stat(path);
  const metadata = await reading(
    path,
    async () => parquetMetadataAsync(await asyncBufferFromFile(path)),
  );
  const { children } = parquetSchema(metadata);
  return {
    path,
    rows: Number(metadata.num_rows),
    columns: children.map((child) => ({ name: child.element.name, kind: kindOf(child) })),
    written: metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value,
    read: (columns) => rowsOf(path, metadata, columns),
  };
}

async function* rowsOf(
  path: string,
  metadata: FileMetaData,
  columns: readonly string[],
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const file = await asyncBufferFromFile(path);
  let first = 0;
  for (const { num_rows, columns: all } of metadata.row_groups) {
    const end = first + Number(num_rows);
    const chunks = all.filter(({ meta_data }) => columns.includes(meta_data!.path_in_schema[0]!));
    const isIndexed = chunks.every((chunk) => chunk.offset_index_length);
    const step = isIndexed ? ROWS : end - first;
    if (!isIndexed) requireRoom(path, chunks.map(({ meta_data }) => meta_data!));
    for (; first < end; first += step) {
      const rowEnd = Math.min(first + step, end);
      yield* await reading(path, () =>
        parquetReadObjects({
          file,
          metadata,
          columns: [...columns],
          rowStart: first,
          rowEnd,
          useOffsetIndex: isIndexed,
          utf8: false, // bytes are no text
          geoparquet: false,
        }));
    }
    first = end;
  }
}

function requireRoom(
  path: string,
  chunks: readonly { readonly total_uncompressed_size: bigint }[],
): void {
  const bytes = chunks.reduce((sum, chunk) => sum + Number(chunk.total_uncompressed_size), 0);
  if (bytes <= MOST_BYTES) return;
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
    const got = excerpt((cause as Error).message, 200).replace(/^parquet /, "");
    throw new SyntaxError(
      `Cannot read ${path}: an undamaged Parquet file, snappy-compressed or not compressed, needed, ` +
        `got ${got}; download it again, or write it again with snappy`,
      { cause },
    );
  }
}

function kindOf({ element, children }: SchemaTree): string {
  const child = (name: string) => children.find((child) => child.element.name === name)?.element;
  if (child("bytes")?.type === "BYTE_ARRAY" && child("path")) return IMAGE;
  const { converted_type, logical_type, type, repetition_type } = element;
  if (converted_type === "LIST" || repetition_type === "REPEATED") return "list";
  if (converted_type === "UTF8" || logical_type?.type === "STRING") return "text";
  if (children.length > 0) return "struct";
  return type === "BYTE_ARRAY" ? "bytes" : (type ?? "unknown").toLowerCase();
}
