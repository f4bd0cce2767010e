type ErrorClass = typeof RangeError | typeof SyntaxError | typeof TypeError;

/** The error about a file: what reading it needs and what it holds instead. */
export function unreadable(
  path: string,
  needs: string,
  got: string,
  type: ErrorClass = RangeError,
): Error {
  return new type(`Cannot read ${path}: it needs ${needs}, got ${got}`);
}
