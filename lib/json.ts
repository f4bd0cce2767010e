import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { writeAtomically, writeError } from "./files.ts";
import { misfit } from "./misfit.ts";
import { readText } from "./text_file.ts";
import { excerpt } from "./words.ts";

/** What a file needs to be, for errors: "it needs …, got …; advice". */
export interface Needed {
  readonly needs: string;
  /** What to do about a file that is not there or is of another form. */
  readonly advice?: string;
}

/**
 * The value of a JSON file that fits a schema. A file that is not there is a RangeError, one of
 * another form a SyntaxError that says where it differs; both have what they come from as `cause`.
 */
export async function readJson<T>(
  path: string,
  schema: z.ZodType<T>,
  needed: Needed,
): Promise<T> {
  const text = await readText(path).catch((cause) => {
    if (!["ENOENT", "ENOTDIR"].includes(cause.code)) throw cause;
    throw new RangeError(
      `Cannot read ${path}: it needs ${needed.needs}, got no such file${advice("; ", needed)}`,
      { cause },
    );
  });
  return parseJson(text, path, schema, needed);
}

/** The value of a JSON text that fits a schema; `path` is where the text comes from. */
export function parseJson<T>(
  text: string,
  path: string,
  schema: z.ZodType<T>,
  needed: Needed,
): T {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, "")); // a byte order mark
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${path}: it needs to be JSON, got ${gotText(text)}`, {
      cause,
    });
  }
  return fitting(value, path, schema, needed);
}

/** A value of a file, for example of one of its lines, as a schema has it. */
export function fitting<T>(value: unknown, path: string, schema: z.ZodType<T>, needed: Needed): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SyntaxError(
    `Cannot read ${path}: it needs ${needed.needs}, got\n${misfit(parsed.error)}` +
      advice("\n", needed),
    { cause: parsed.error },
  );
}

/** The beginning of a text that is not what it needs to be. */
function gotText(text: string): string {
  return excerpt(text).trim() === "" ? "an empty text" : excerpt(text);
}

function advice(before: string, { advice }: Needed): string {
  return advice === undefined ? "" : before + advice;
}

/** Appends one JSON value and a line end to a file of JSON lines; makes the file and its folder. */
export async function appendLine(path: string, line: unknown): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, JSON.stringify(line) + "\n");
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * The values of a file of JSON lines. A last line without a line end is what a killed process left
 * behind and is left out; any other line that is not JSON is a SyntaxError with its number.
 */
export async function readLines(path: string): Promise<unknown[]> {
  const complete = (await readText(path)).split("\n").slice(0, -1);
  return complete.map((text, index) => {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new SyntaxError(
        `Cannot read ${path}: line ${index + 1} needs to be JSON, got ${gotText(text)}`,
        { cause },
      );
    }
  });
}

/** Keeps the lines of a file of JSON lines that `keep` is true of; atomic like `writeAtomically`. */
export async function filterLines(path: string, keep: (line: unknown) => boolean): Promise<void> {
  const kept = (await readLines(path)).filter(keep);
  await writeAtomically(path, kept.map((line) => JSON.stringify(line) + "\n").join(""));
}
