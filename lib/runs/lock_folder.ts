import { rmdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "../file_lock.ts";
import { LOCK, writeError } from "../files.ts";

/**
 * Takes a folder, made where it is missing, for this process until it is disposed of. Another one's is
 * a RangeError that begins with what is tried, for example "Cannot train into", and says whose it is.
 */
export async function lockFolder(folder: string, trying: string): Promise<Disposable> {
  const made = await mkdir(folder, { recursive: true }).catch((cause) => {
    throw writeError(folder, cause);
  });
  const lock = await takeLock(join(folder, LOCK), `${trying} ${folder}`);
  return {
    [Symbol.dispose]: () => {
      lock[Symbol.dispose]();
      if (made !== undefined) removeEmpty(folder);
    },
  };
}

/** What was made for the lock alone goes with it. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch { /* it has files, as usual */ }
}
