/** Small archives and annotations in the published formats, made for tests: none is a real one. */
import { Buffer } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { deflateSync, gzipSync } from "node:zlib";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { encodeImage } from "../../lib/images/encode.ts";
import { greyPng, labelMap, pattern } from "../data/fixtures.ts";

/** Paths in an archive and what is there: contents, or a link to another path. */
export type Entries = Readonly<Record<string, Uint8Array | string | { readonly link: string }>>;

/** An image of 4 × 3 pixels as the bytes of a PNG, which is as good as a JPEG for the readers. */
export const image: Uint8Array = await encodeImage(pattern(4, 3));

/** A mask of 4 × 3 pixels of one value as the bytes of a grey PNG. */
export function mask(value: number): Uint8Array {
  return greyPng(labelMap(4, 3, () => value));
}

/** Writes a zip archive, stored or deflated, in the order of the entries. */
export async function writeZip(path: string, entries: Entries, level = 0): Promise<void> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, contents] of Object.entries(entries)) {
    const [bytes, mode] = isLink(contents)
      ? [new TextEncoder().encode(contents.link), 0o120777]
      : [bytesOf(contents), 0o100644];
    await zip.add(name, new Uint8ArrayReader(bytes), { level, unixMode: mode });
  }
  await writeFile(path, await zip.close());
}

/** Writes a tar archive, compressed by gzip where the name ends so. */
export async function writeTar(path: string, entries: Entries): Promise<void> {
  const tar = tarBytes(
    Object.entries(entries).map(([path, contents]) => {
      return isLink(contents)
        ? { path, bytes: new Uint8Array(), type: "2", link: contents.link }
        : { path, bytes: bytesOf(contents) };
    }),
  );
  await writeFile(path, path.endsWith("gz") ? gzipSync(tar) : tar);
}

/** An entry of a tar archive, and what is said of it that need not be so. */
export interface TarEntry {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** "0" is a file, "2" a link, "5" a folder, "L" a GNU long name, "x" a pax header. */
  readonly type?: string;
  readonly link?: string;
  /** The size to state. Default: the true one. */
  readonly size?: number;
}

/** A tar archive of entries in the order given. */
export function tarBytes(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(({ path, bytes, type = "0", link = "", size = bytes.length }) => [
    tarHeader(path, size, type, link),
    bytes,
    new Uint8Array(-bytes.length & 511),
  ]);
  return Buffer.concat([...parts, new Uint8Array(1024)]);
}

function tarHeader(name: string, size: number, type: string, link: string): Uint8Array {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(size, 11).slice(-11), 124);
  header.write(octal(0, 11), 136);
  header.write(" ".repeat(8) + type + link, 148);
  header.write("ustar\0" + "00", 257);
  header.write(octal(header.reduce((sum, byte) => sum + byte, 0), 6) + "\0", 148);
  return header;
}

/** Whether an entry is a link. */
export function isLink(contents: Entries[string]): contents is { readonly link: string } {
  return typeof contents === "object" && "link" in contents;
}

/** Contents that are no link as bytes. */
export function bytesOf(contents: Uint8Array | string): Uint8Array {
  return typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
}

/** How a made MAT file differs from Pascal Context's. */
export interface MatOptions {
  readonly name?: string;
  readonly compressed?: boolean;
  readonly littleEndian?: boolean;
  /** Class of the array and type of its data, as the format numbers them: 11 and 4 are uint16. */
  readonly kind?: number;
  readonly type?: number;
}

/** A MAT file of version 5 with one matrix of 16-bit numbers, given row by row. */
export function matFile(rows: readonly (readonly number[])[], options: MatOptions = {}) {
  const { name = "LabelMap", compressed = true, littleEndian = true, kind = 11, type = 4 } =
    options;
  const words = (Kind: 16 | 32, values: readonly number[]) => {
    const bytes = Buffer.alloc(values.length * Kind / 8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const [i, value] of values.entries()) {
      if (Kind === 16) view.setUint16(2 * i, value, littleEndian);
      else view.setUint32(4 * i, value, littleEndian);
    }
    return bytes;
  };
  const element = (type: number, data: Uint8Array, align = 8) =>
    Buffer.concat([words(32, [type, data.length]), data, Buffer.alloc(-data.length & (align - 1))]);
  const columns = rows[0]!.map((_, x) => rows.map((row) => row[x]!));
  const matrix = element(
    14,
    Buffer.concat([
      element(6, words(32, [kind, 0])),
      element(5, words(32, [rows.length, columns.length])),
      element(1, Buffer.from(name, "latin1")),
      element(type, words(16, columns.flat())),
    ]),
  );
  const header = Buffer.alloc(128, " ");
  header.write("MATLAB 5.0 MAT-file, made for a test");
  header.write(littleEndian ? "\0\x01IM" : "\x01\0MI", 124, "latin1");
  return Buffer.concat([header, compressed ? element(15, deflateSync(matrix), 1) : matrix]);
}

/** Run lengths as COCO's tools write them; the first is of zeros. */
export function runLengths(lengths: readonly number[]): string {
  return lengths.map((length, i) => {
    let rest = i > 2 ? length - lengths[i - 2]! : length;
    let text = "";
    for (let more = true; more;) {
      const group = rest & 0x1f;
      rest >>= 5;
      more = (group & 0x10) !== 0 ? rest !== -1 : rest !== 0;
      text += String.fromCharCode(48 + group + (more ? 0x20 : 0));
    }
    return text;
  }).join("");
}
