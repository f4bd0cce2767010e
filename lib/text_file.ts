import { readFile } from "node:fs/promises";

/** The first bytes by which a text says how its characters are written. */
const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ["utf-16le", [0xff, 0xfe]], // what Windows PowerShell writes
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * The text of a file that a user may have written: UTF-8 with or without a byte order mark, or UTF-16
 * with one, which the text is without. Other bytes are a SyntaxError; a file that cannot be read is
 * the system's error.
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  const [encoding = "utf-8"] =
    MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte)) ??
      [];
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes); // which takes the mark off
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${path}: it needs to be text in UTF-8, got other bytes`, {
      cause,
    });
  }
}
