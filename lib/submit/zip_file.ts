import { Uint8ArrayReader, ZipWriter } from "@zip.js/zip.js";
import { writeWhole } from "../files.ts";

/** A file of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Entries have the first date that a zip file can hold, so that a second run gives the same bytes. */
const DATED = new Date(1980, 0, 1);

/**
 * Writes a zip file of entries as they come, keeping none; they are stored as they are, for PNGs,
 * which are compressed already. `path` gets the whole archive or stays as it was.
 */
export async function writeZip(path: string, entries: AsyncIterable<ZipEntry>): Promise<void> {
  await writeWhole(path, async (write) => {
    const zip = new ZipWriter(new WritableStream({ write: (bytes) => write(bytes) }), {
      useWebWorkers: false,
      level: 0,
      lastModDate: DATED,
      extendedTimestamp: false,
      dataDescriptor: false, // some readers do not take them with stored entries
    });
    for await (const { name, bytes } of entries) await zip.add(name, new Uint8ArrayReader(bytes));
    await zip.close();
  });
}
