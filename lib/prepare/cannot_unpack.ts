/** The error about an archive: what unpacking it needs and what it holds instead. */
export function cannotUnpack(path: string, needs: string, got: string, cause?: unknown): Error {
  return new RangeError(`Cannot unpack ${path}: it needs ${needs}, got ${got}`, { cause });
}
