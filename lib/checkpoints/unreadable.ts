type ErrorClass = typeof RangeError | typeof SyntaxError | typeof TypeError;

const MAX_WORDS = 600; // characters; names and values in a message may be as long as a file

/** The error about a file: what reading it needs and what it holds instead. */
export function unreadable(
  path: string,
  needs: string,
  got: string,
  type: ErrorClass = RangeError,
): Error {
  return new type(`Cannot read ${path}: it needs ${inOneLine(needs)}, got ${inOneLine(got)}`);
}

/** A file's words as a terminal may show them: control characters escaped, and not without end. */
function inOneLine(text: string): string {
  const short = text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
  return short.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
