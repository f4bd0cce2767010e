import { rmSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** Milliseconds between two looks at a lock that another has. */
const PAUSE = 100;

/**
 * Waits until nobody else has the lock `path`, in this process or another, and takes it until it is
 * disposed of. The file is there only while somebody has or waits for the lock; the system ends the
 * lock of a killed process. Best effort, as some network drives have no locks and read-only folders no
 * files: without one two holders are possible.
 *
 * Node has no locks of files. SQLite, which Node and Deno bring, has them, and an empty database is
 * enough.
 */
export async function lockFile(path: string): Promise<Disposable> {
  const { DatabaseSync } = await import("node:sqlite"); // here: Node 22 warns that it is new
  while (true) {
    let database;
    try {
      database = new DatabaseSync(path);
    } catch {
      return { [Symbol.dispose]: () => {} };
    }
    const opened = inodeOf(path);
    await exclusively(database);
    // Who had the lock removed the file: another one may be in its place.
    if (inodeOf(path) === opened) return held(path, database);
    database.close();
  }
}

interface Database {
  exec(sql: string): void;
  close(): void;
}

function held(path: string, database: Database): Disposable {
  return {
    [Symbol.dispose]: () => {
      try {
        rmSync(path, { force: true }); // first, so that nobody else's is removed
      } catch { /* Windows keeps what somebody waits for */ }
      database.close();
    },
  };
}

/** Waits for the lock; returns without it where there are none. */
async function exclusively(database: Database): Promise<void> {
  while (true) {
    try {
      // Nothing is written, so no journal is needed, which a killed process would leave.
      return database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
    } catch (error) {
      if (!(error as Error).message.includes("database is locked")) return;
    }
    await setTimeout(PAUSE);
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
