/** A piece of HTML, as opposed to text that has to be escaped. */
export class Html {
  constructor(readonly text: string) {}
}

/** What stands in a template of `markup`; null is nothing. */
export type Part = Html | string | number | null | readonly Part[];

/**
 * HTML with texts escaped: markup`<td>${name}</td>`. Templates named html are rewritten by `deno fmt`,
 * which would put spaces between words.
 */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    pieces.map((piece, i) => piece + (i < parts.length ? textOf(parts[i]!) : "")).join(""),
  );
}

function textOf(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join("");
  return escaped(String(part));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign]!);
}

/** A value as JSON for a page's script; no text in it ends the element. */
export function jsonElement(id: string, value: unknown): Html {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return new Html(`<script type="application/json" id="${id}">${json}</script>`);
}

/** Prose of a doc comment: `code` and *emphasis* become elements. */
export function prose(text: string): Html {
  const marked = escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>")
    .replaceAll(/(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])/g, "<em>$1</em>");
  return new Html(marked);
}
