import { dirname, join } from "node:path";
import type { Random } from "../../lib/random.ts";

/** Files by their names in a folder, with slashes; the first is the one that is opened. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A format that is fuzzed: how its damaged files are made, and how they are read. */
export interface Target {
  readonly name: string;
  /** A damaged file, and others that belong to it. Depends on the random numbers alone. */
  make(random: Random): Files;
  /** Reads a file as the product does and checks what it gives: a fault of the result is a `Wrong`. */
  read(path: string): Promise<void>;
  /** What every message of a refusal looks like. */
  readonly refusal: RegExp;
  /** The one folder beside the files that the reader may leave there; by default it writes nothing. */
  readonly writes?: string;
}

/** A reader gave something that cannot be right. */
export class Wrong extends Error {}

/** What became of a file: it was read, or refused with the reason. Anything else is a fault. */
export type Outcome = "read" | "refused" | { readonly fault: string };

/** Writes files into an empty folder and gives their names. */
export function writeFiles(files: Files, folder: string): string[] {
  for (const [name, bytes] of files) {
    const path = join(folder, name);
    if (name.includes("/")) Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(path, bytes);
  }
  return [...files.keys()];
}

/**
 * Reads the first of the files that are alone in a folder. An error that is not the project's own,
 * with its wording, is a fault, and so is anything that was written where nothing belongs.
 */
export async function outcomeOf(
  target: Target,
  folder: string,
  names: readonly string[],
): Promise<Outcome> {
  const before = stateOf(folder, names);
  const outcome = await reading(target, join(folder, names[0]!));
  const own = new Set([...names.map((name) => name.split("/")[0]), target.writes]);
  const others = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !own.has(name));
  if (others.length > 0) return { fault: `it wrote ${others} beside the file` };
  return stateOf(folder, names) === before ? outcome : { fault: "it wrote into the file" };
}

async function reading(target: Target, path: string): Promise<Outcome> {
  try {
    await target.read(path);
    return "read";
  } catch (error) {
    const { name, message, stack } = error as Error;
    const isOwn = error instanceof SyntaxError || error instanceof RangeError ||
      error instanceof TypeError;
    const isClear = target.refusal.test(message) &&
      !/undefined|NaN|\[object /.test(message.replaceAll(/\/\S+/g, "")) &&
      message.length < 10_000 && !/\p{Cc}/u.test(message.replaceAll("\n", ""));
    return isOwn && isClear ? "refused" : { fault: `${name}: ${message.slice(0, 500)}\n${stack}` };
  }
}

/** What would differ after a write. */
function stateOf(folder: string, names: readonly string[]): string {
  return names.map((name) => {
    const { size, mtime } = Deno.statSync(join(folder, name));
    return `${size} ${mtime?.getTime()}`;
  }).join();
}

/** Removes all that is in a folder. */
export function empty(folder: string): void {
  for (const { name } of [...Deno.readDirSync(folder)]) {
    Deno.removeSync(join(folder, name), { recursive: true });
  }
}
