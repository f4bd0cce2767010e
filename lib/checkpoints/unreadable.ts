import { excerpt } from "../words.ts";

type ErrorClass = typeof RangeError | typeof SyntaxError | typeof TypeError;

const MAX_WORDS = 600; // characters; names and values in a message may be as long as a file

/** The error about a file: what reading it needs and what it holds instead. */
export function unreadable(
  path: string,
  needs: string,
  got: string,
  type: ErrorClass = RangeError,
): Error {
  return new type(
    `Cannot read ${path}: it needs ${excerpt(needs, MAX_WORDS)}, got ${excerpt(got, MAX_WORDS)}`,
  );
}
