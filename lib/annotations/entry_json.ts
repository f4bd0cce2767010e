import { z } from "zod";
import { issueWords } from "../misfit.ts";
import { readText } from "../text_file.ts";
import { excerpt } from "../words.ts";

/** The value of a JSON file; one that is none is a SyntaxError. */
export async function jsonOf(path: string): Promise<unknown> {
  const text = await readText(path).catch((cause) => {
    if (cause instanceof SyntaxError) throw cause;
    throw new RangeError(
      `Cannot read ${path}: it needs to be a file that can be read, got ${cause.code ?? cause}`,
      { cause },
    );
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read ${path}: it needs to be JSON, got ${excerpt(text)}`,
      { cause },
    );
  }
}

/** A value as a schema has it; another one is a SyntaxError that names its first wrong entry. */
export function entriesOf<T>(value: unknown, schema: z.ZodType<T>, path: string, needs: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = excerpt(z.core.toDotPath(issue!.path) || "the whole");
  const more = parsed.error.issues.length - 1;
  throw new SyntaxError(
    `Cannot read ${path}: it needs ${needs}, got at ${place}: ${issueWords(issue!.message)}` +
      (more > 0 ? ` (and ${more} more)` : ""),
    { cause: parsed.error },
  );
}
