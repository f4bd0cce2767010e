import { z } from "zod";
import { excerpt } from "./words.ts";

const SHOWN = 5; // issues; a file may have as many as it has values
const MOST = 300; // characters of one; a key may be as long as the file

/**
 * How a value of a file differs from its schema, in words: the first issues with their places, on
 * lines of their own. Keys and values in them are a stranger's.
 */
export function misfit({ issues }: Pick<z.ZodError, "issues">): string {
  const lines = z.prettifyError({ issues: issues.slice(0, SHOWN).map(inWords) }).split("\n");
  if (issues.length > SHOWN) lines.push(`✖ … (${issues.length} in all)`);
  return lines.map((line) => excerpt(line, MOST)).join("\n");
}

/** What is wrong in one place; its message is on one line. */
export function issueWords(message: string): string {
  const words = message.replace(/received undefined$/, "got none")
    .replace(/received NaN$/, "got no number");
  return excerpt(words, MOST);
}

function inWords(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  const path = issue.path.map((key) => typeof key === "string" ? excerpt(key, MOST) : key);
  return { ...issue, path, message: issueWords(issue.message) };
}
