import { spreadOf } from "./statistics.ts";

/** A number of things, with an s unless it is one. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** A part of a whole in percent, never rounded to 0 where it is more. */
export function share(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : 100 * part / whole;
  if (percent === 0 || percent >= 99.95) return `${Math.floor(percent)} %`;
  return percent < 0.01 ? "< 0.01 %" : `${percent.toFixed(percent < 1 ? 2 : 1)} %`;
}

/** `65.93`, or `65.93 ± 0.41` of several seeds, in percent. */
export function percents(shares: readonly number[], digits = 2): string {
  const { mean, deviation } = spreadOf(shares);
  const text = (share: number) => (100 * share).toFixed(digits);
  return deviation === null ? text(mean) : `${text(mean)} ± ${text(deviation)}`;
}

const MOST_OF_ITEM = 300; // characters; names of files may be as long as a disk allows, others longer

/** The first of a list, `most` at most, and an ellipsis where there are more. */
export function firstOf(items: readonly string[], most = 5): string {
  const first = items.slice(0, most).map((item) => excerpt(item, MOST_OF_ITEM));
  return first.join(", ") + (items.length > most ? ", …" : "");
}

/** The first five of a list in words, and how many there are where they are more. */
export function listed<T>(items: readonly T[], text: (item: T) => string): string {
  return items.slice(0, 5).map((item) => excerpt(text(item), MOST_OF_ITEM)).join(", ") +
    (items.length > 5 ? `, … (${items.length} in all)` : "");
}

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** A number of bytes in three significant digits and the unit that fits, for example `15.1 MB`. */
export function byteSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${UNITS[power]}`;
}

/** A value in an error: short, on one line, as consoles show it. */
export function shown(value: unknown): string {
  const text = isHolder(value) ? holderWords(value) : valueWords(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

const MOST_ITEMS = 4;
const MOST_FIELDS = 12; // more do not fit into what is shown

function isHolder(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A value within another one: what holds values itself is its kind alone. */
function valueWords(value: unknown): string {
  if (typeof value === "string") {
    const text = oneLine(value.slice(0, 100));
    return text.includes("'") ? `"${text}"` : `'${text}'`;
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[Function: ${value.name || "(anonymous)"}]`;
  if (isHolder(value)) return `[${kindOf(value) || "Object"}]`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function holderWords(value: object): string {
  if (value instanceof Date || value instanceof RegExp || value instanceof Error) {
    return oneLine(String(value));
  }
  if (Array.isArray(value) || isTypedArray(value)) {
    const items = Array.from(value.slice(0, MOST_ITEMS), valueWords);
    const more = value.length - items.length;
    if (more > 0) items.push(`... ${more} more item${more === 1 ? "" : "s"}`);
    const kind = Array.isArray(value) ? "" : `${kindOf(value)}(${value.length}) `;
    return kind + (items.length === 0 ? "[]" : `[ ${items.join(", ")} ]`);
  }
  const kind = kindOf(value);
  if (value instanceof Map || value instanceof Set) return `${kind}(${value.size})`;
  const fields = Object.entries(value).slice(0, MOST_FIELDS)
    .map(([key, field]) => `${oneLine(key)}: ${valueWords(field)}`);
  const named = kind === "Object" || kind === "" ? "" : `${kind} `;
  return named + (fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`);
}

function isTypedArray(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function kindOf(value: object): string {
  return Array.isArray(value) ? "Array" : Object.getPrototypeOf(value)?.constructor?.name ?? "";
}

/** The beginning of a text that may be as long as a file, on one line, of signs that a terminal shows. */
export function excerpt(text: string, most = 60): string {
  return oneLine(text.length > most ? `${text.slice(0, most)}…` : text);
}

/** A text on one line, of signs that a terminal shows. */
export function oneLine(text: string): string {
  return printable(text.replaceAll("\n", "\\n").replaceAll("\t", "\\t"));
}

/** What moves a terminal's cursor, changes its title or turns the order of letters. */
const COMMANDS = /(?![\t\n])[\p{Cc}\p{Cs}\u061c\u2028-\u202e\u2066-\u2069]/gu;

/** A text with what a terminal would obey in words, `\x1b` for escape, as names of strangers may have. */
export function printable(text: string): string {
  return text.replaceAll(COMMANDS, (sign) => {
    const code = sign.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}
