/**
 * `@std/assert` by name, on Node's own assertions: JSR cannot be reached from every machine that runs
 * these tests. To use the original, set `"@std/assert": "jsr:@std/assert@1"` in deno.json.
 */
import nodeAssert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { countOf, difference } from "./same.ts";

/** A difference of more values than these is told in one line: printed, it can take all memory. */
const PRINTED = 1000;

export function assert(condition: unknown, message?: string): asserts condition {
  nodeAssert.ok(condition, message as string);
}

export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  if (countOf(actual) + countOf(expected) <= PRINTED) {
    nodeAssert.deepEqual(actual, expected, message as string);
  }
  const found = difference(actual, expected, "value") ?? "values differ";
  throw new nodeAssert.AssertionError({ message: message ? `${message}: ${found}` : found });
}

export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = 1e-7,
  message?: string,
): void {
  const close = Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance;
  nodeAssert.ok(close, message ?? `${actual} is not within ${tolerance} of ${expected}`);
}

export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  nodeAssert.ok(actual.includes(expected), message ?? `"${actual}" does not hold "${expected}"`);
}

type ErrorClass<E extends Error> = new (...args: never[]) => E;

export function assertThrows<E extends Error = Error>(
  body: () => unknown,
  type?: ErrorClass<E>,
  message?: string,
): E {
  try {
    body();
  } catch (error) {
    return check(error, type, message);
  }
  throw new nodeAssert.AssertionError({ message: "Expected an error, got none" });
}

export async function assertRejects<E extends Error = Error>(
  body: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  message?: string,
): Promise<E> {
  try {
    await body();
  } catch (error) {
    return check(error, type, message);
  }
  throw new nodeAssert.AssertionError({ message: "Expected a rejection, got none" });
}

function check<E extends Error>(error: unknown, type?: ErrorClass<E>, message?: string): E {
  nodeAssert.ok(
    error instanceof (type ?? Error),
    `Expected ${type?.name ?? "Error"}, got ${error}`,
  );
  if (message) assertStringIncludes((error as Error).message, message);
  return error as E;
}
