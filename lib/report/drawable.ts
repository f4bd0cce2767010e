/** Characters that XML has no way to write. */
const NOT_IN_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** A text with a sign in place of each character that SVG cannot hold, as names of strangers may. */
export function drawable(text: string): string {
  return text.replaceAll(NOT_IN_XML, "\ufffd");
}
