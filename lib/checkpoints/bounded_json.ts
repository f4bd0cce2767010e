/** What JSON from outside may hold. */
export interface JsonLimits {
  /** Objects and arrays within each other. */
  readonly depth: number;
  /** Names in all objects together. */
  readonly names: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The value of JSON in UTF-8, with or without a byte order mark. More than the limits and an object
 * with two equal names, of which `JSON.parse` would keep the last, are a SyntaxError; its message is
 * what was got.
 */
export function boundedJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  scan(bytes, limits);
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

/** Follows the brackets and names of JSON; what is no JSON is left to the parser. */
function scan(bytes: Uint8Array, limits: JsonLimits): void {
  const open: (Set<string> | undefined)[] = []; // names of each object around, none of an array
  let names = 0;
  let text = bytes.subarray(0, 0); // the last one read, with its quotes
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE: {
        const end = endOfText(bytes, i);
        text = bytes.subarray(i, end);
        i = end - 1;
        break;
      }
      case 0x3a: // :
        if (++names > limits.names) throw new SyntaxError(`more than ${limits.names} names`);
        addName(open.at(-1), text);
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (open.length === limits.depth) throw new SyntaxError(`more than ${limits.depth} levels`);
        open.push(bytes[i] === 0x7b ? new Set() : undefined);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
    }
  }
}

/** The byte after a text's closing quote. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let i = start + 1; i < bytes.length; i++) {
    if (bytes[i] === QUOTE) return i + 1;
    if (bytes[i] === BACKSLASH) i++;
  }
  return bytes.length;
}

const utf8 = new TextDecoder();

function addName(names: Set<string> | undefined, text: Uint8Array): void {
  if (!names) return;
  const quoted = utf8.decode(text);
  const name = quoted.includes("\\") ? JSON.stringify(JSON.parse(quoted)) : quoted;
  if (names.has(name)) throw new SyntaxError(`the name ${name} twice`);
  names.add(name);
}
