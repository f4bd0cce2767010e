import { createHash } from "node:crypto";

/** Bytes of a name in UTF-8: a disk takes 255, with endings, those of unfinished files among them. */
const LONGEST = 200;
/** Digits that tell apart names that begin alike. */
const DIGITS = 8;

/** A name for a file that leaves room for endings: itself, or where it is too long, its beginning and
 * a hash of the whole. */
export function shortened(name: string): string {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= LONGEST) return name;
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, DIGITS);
  const start = new TextDecoder().decode(bytes.subarray(0, LONGEST - DIGITS - 1), { stream: true });
  return `${start}-${hash}`; // `stream` leaves out a character that is cut
}
