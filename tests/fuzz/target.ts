import type { Random } from "../../lib/random.ts";

/** Files by their names in a folder; the first is the one that is opened. */
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
}

/** A reader gave something that cannot be right. */
export class Wrong extends Error {}

/** What became of a file: it was read, or refused with the reason. Anything else is a fault. */
export type Outcome = "read" | "refused" | { readonly fault: string };

/** Reads a file; an error that is not the project's own, with its wording, is a fault. */
export async function outcomeOf(target: Target, path: string): Promise<Outcome> {
  try {
    await target.read(path);
    return "read";
  } catch (error) {
    const { name, message, stack } = error as Error;
    const isOwn = error instanceof SyntaxError || error instanceof RangeError ||
      error instanceof TypeError;
    const isClear = target.refusal.test(message) && !/undefined|NaN|\[object /.test(message) &&
      message.length < 10_000 && !/\p{Cc}/u.test(message.replaceAll("\n", ""));
    return isOwn && isClear ? "refused" : { fault: `${name}: ${message.slice(0, 500)}\n${stack}` };
  }
}
