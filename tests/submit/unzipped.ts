import { readFile } from "node:fs/promises";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import type { ZipEntry } from "../../lib/submit/zip_file.ts";

/** The files of a zip archive in its order, each checked against its CRC. */
export async function unzipped(path: string): Promise<ZipEntry[]> {
  const zip = new ZipReader(new Uint8ArrayReader(await readFile(path)), {
    useWebWorkers: false,
    checkCrc32: true,
  });
  const files: ZipEntry[] = [];
  for (const entry of await zip.getEntries()) {
    if (entry.directory) continue;
    files.push({ name: entry.filename, bytes: await entry.getData(new Uint8ArrayWriter()) });
  }
  return files;
}
