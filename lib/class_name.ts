import { z } from "zod";
import { excerpt } from "./words.ts";

/** What draws nothing and breaks what is drawn: control characters, line ends, halves of characters. */
const UNDRAWN = /[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/u;

/** The name of a class as a user writes it: of characters that can be drawn in a legend. */
export const classNameSchema = z.string().min(1).refine((name) => !UNDRAWN.test(name), {
  error: ({ input }) =>
    `needs a name without control characters, got ${excerpt(JSON.stringify(input))}`,
});
