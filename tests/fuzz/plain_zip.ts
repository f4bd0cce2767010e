/** Zip archives by hand: those that a library would not write, and fast. */
import { crc32, deflateRawSync } from "node:zlib";
import { concat, joined, little32 } from "../checkpoints/torch_file.ts";

/** An entry of an archive, and what is said of it that need not be so. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflated?: boolean;
  /** The uncompressed size to state. Default: the true one. */
  readonly size?: number;
  /** The name to state before the data. Default: the one of the list. */
  readonly localName?: string;
  /** The kind and rights of a Unix file, 0o120777 for a link. */
  readonly mode?: number;
}

/** An archive of entries in the order given. */
export function plainZip(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, bytes, deflated = false, size = bytes.length, localName = name, mode } = entry;
    const data = deflated ? new Uint8Array(deflateRawSync(bytes)) : bytes;
    const facts = concat(
      little16(20),
      little16(0),
      little16(deflated ? 8 : 0),
      little32(0x21_0000), // 1980-01-01
      little32(crc32(bytes)),
      little32(data.length),
      little32(size),
    );
    const local = new TextEncoder().encode(localName);
    const listed = new TextEncoder().encode(name);
    const header = concat("PK\x03\x04", facts, little16(local.length), little16(0), local);
    parts.push(header, data);
    const facets = concat(new Uint8Array(8), little32((mode ?? 0) * 2 ** 16));
    const rest = concat(little16(listed.length), facets, little32(offset), listed);
    const madeBy = little16(mode === undefined ? 20 : 20 | 3 << 8); // 3: Unix
    list.push(concat("PK\x01\x02", madeBy, facts, rest));
    offset += header.length + data.length;
  }
  const directory = joined(list);
  const count = little16(entries.length);
  const end = concat(little32(0), count, count, little32(directory.length), little32(offset));
  return concat(joined(parts), directory, "PK\x05\x06", end, little16(0));
}

function little16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >>> 8) & 255);
}
