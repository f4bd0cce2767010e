import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { withRemedy } from "./remedy.ts";

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
  while (true) {
    const lock = await attempt(path);
    if (lock !== "taken") return lock;
    await setTimeout(PAUSE);
  }
}

/**
 * Takes the lock `path` of a folder as `lockFile` does, but where another has it, a RangeError says
 * at once who that is: a process and its machine, as `path.holder` has it. It begins with what is
 * tried, for example "Cannot train into FOLDER".
 */
export async function takeLock(path: string, trying: string): Promise<Disposable> {
  const lock = await attempt(path);
  const beside = `${path}.holder`;
  if (lock === "taken") {
    const needs = "a folder that no other process writes to";
    const error = new RangeError(`${trying}: ${needs} needed, got one of ${holderIn(beside)}`);
    throw withRemedy(error, { kind: "otherFolder" });
  }
  try {
    writeFileSync(beside, `process ${process.pid} on ${hostname()}`);
  } catch { /* as without a lock */ }
  return {
    [Symbol.dispose]: () => {
      rmSync(beside, { force: true });
      lock[Symbol.dispose]();
    },
  };
}

function holderIn(path: string): string {
  try {
    return readFileSync(path, "utf8") || "another process";
  } catch {
    return "another process";
  }
}

/** The lock, if nobody has it; without one where there are none. */
async function attempt(path: string): Promise<Disposable | "taken"> {
  while (true) {
    let database;
    try {
      const { DatabaseSync } = await import("node:sqlite"); // here: Node 22 warns that it is new
      database = new DatabaseSync(path);
    } catch {
      return { [Symbol.dispose]: () => {} };
    }
    const opened = inodeOf(path);
    const free = isFree(database);
    // Who had the lock removed the file: another one may be in its place.
    if (free && inodeOf(path) === opened) return held(path, database);
    database.close();
    if (!free) return "taken";
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

/** Locks a database, or says that another has; true without a lock where there are none. */
function isFree(database: Database): boolean {
  try {
    // Nothing is written, so no journal file is needed, which a killed process would leave (Deno
    // keeps SQLite from having none at all).
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    return !(error as Error).message.includes("database is locked");
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
