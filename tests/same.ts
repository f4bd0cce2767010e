import nodeAssert from "node:assert/strict";

/** Fails in one line, at the first difference: of large arrays a printed one can take all memory. */
export function assertSame<T>(actual: T, expected: T, name = "value"): void {
  const found = difference(actual, expected, name);
  if (found !== undefined) throw new nodeAssert.AssertionError({ message: found });
}

/**
 * Where two values differ, in one line, however large they are; undefined where they are the same.
 * NaN is the same as NaN, 0 is not -0; keys of maps and objects may stand in any order.
 */
export function difference(actual: unknown, expected: unknown, name: string): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (typeOf(actual) !== typeOf(expected) || !isComposite(expected)) {
    return `${name} is ${shown(actual)}, needed ${shown(expected)}`;
  }
  if (isNumbers(expected)) return inNumbers(actual as unknown as Numbers, expected, name);
  if (Array.isArray(expected)) return inArrays(actual as unknown[], expected, name);
  return inParts(partsOf(actual as object), partsOf(expected), name);
}

/** How many single values (numbers, texts …) a value is made of. */
export function countOf(value: unknown): number {
  if (!isComposite(value)) return 1;
  if (isNumbers(value)) return value.length;
  let count = 0;
  for (const part of partsOf(value).values()) count += countOf(part);
  return count;
}

type Numbers = Float32Array | Float64Array | Uint8Array;

function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isComposite(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function typeOf(value: unknown): unknown {
  return isComposite(value) ? Object.getPrototypeOf(value) : typeof value;
}

function inNumbers(actual: Numbers, expected: Numbers, name: string): string | undefined {
  if (actual.length !== expected.length) {
    return `${name} has ${actual.length} elements, needed ${expected.length}`;
  }
  let [first, count] = [-1, 0];
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    if (count++ === 0) first = i;
  }
  return count === 0
    ? undefined
    : `${name}: ${count} of ${expected.length} elements differ, the first is [${first}]: ` +
      `${shown(actual[first])}, needed ${shown(expected[first])}`;
}

function inArrays(
  actual: readonly unknown[],
  expected: readonly unknown[],
  name: string,
): string | undefined {
  if (actual.length !== expected.length) {
    return `${name} has ${actual.length} elements, needed ${expected.length}`;
  }
  for (let i = 0; i < expected.length; i++) {
    const found = difference(actual[i], expected[i], `${name}[${i}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What an object, a map or a set holds by key; a set's members are their own keys. */
function partsOf(value: object): ReadonlyMap<unknown, unknown> {
  if (value instanceof Map) return value;
  return new Map(value instanceof Set ? value.entries() : Object.entries(value));
}

function inParts(
  actual: ReadonlyMap<unknown, unknown>,
  expected: ReadonlyMap<unknown, unknown>,
  name: string,
): string | undefined {
  for (const [key, value] of expected) {
    if (!actual.has(key)) return `${name} has no ${shown(key)}`;
    const found = difference(actual.get(key), value, `${name}.${String(key)}`);
    if (found !== undefined) return found;
  }
  const more = [...actual.keys()].find((key) => !expected.has(key));
  return more === undefined ? undefined : `${name} has ${shown(more)}, needed none`;
}

/** A value in a few words. */
function shown(value: unknown): string {
  if (isNumbers(value)) return `a ${value.constructor.name} of ${value.length} elements`;
  if (Array.isArray(value)) return `an array of ${value.length} elements`;
  if (isComposite(value)) return `an object of type ${value.constructor?.name}`;
  if (Object.is(value, -0)) return "-0";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
