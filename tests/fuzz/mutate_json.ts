import type { Random } from "../../lib/random.ts";
import { concat } from "../checkpoints/torch_file.ts";
import { mutate, pick } from "./mutate.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Numbers, texts and more at the edges of what readers expect. */
function odd(random: Random): Json {
  const deep = () => {
    let value: Json = [];
    for (let i = random.integer(1, 500); i > 0; i--) value = i % 2 ? [value] : { a: value };
    return value;
  };
  return pick<() => Json>([
    () => pick<Json>([null, true, false, [], {}, [[]], "", "a", "null", "0"], random),
    () => pick([0, -1, 1, 2, 0.5, 64, 255, 256, 65536, 2 ** 31, 2 ** 53, 1e300, -1e-300], random),
    () => pick(["\x1b[2J", "a\nb", "\0", "\ud800", "]]>", "..", "\u202e", "__proto__"], random),
    () => pick(["x", "é", "\u0007"], random).repeat(2 ** random.integer(0, 17)),
    () => Array.from({ length: 2 ** random.integer(0, 13) }, () => pick([0, 7, "a", []], random)),
    () => {
      const count = 2 ** random.integer(0, 13);
      return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}\x1b`, i]));
    },
    deep,
  ], random)();
}

const NAMES = ["__proto__", "constructor", "toString", "", "0", "-1", "a", "\x1b[2J", "color"];

type Container = Json[] | { [name: string]: Json };

/** The objects and arrays of a value, itself among them where it is one; not all of very many. */
function containers(value: Json): Container[] {
  const found: Container[] = [];
  const isOne = (value: Json) => typeof value === "object" && value !== null;
  if (isOne(value)) found.push(value as Container);
  for (let i = 0; i < found.length && found.length < 10_000; i++) {
    for (const inner of Object.values(found[i]!)) if (isOne(inner)) found.push(inner as Container);
  }
  return found;
}

/** A JSON value some of whose parts are left out, repeated, moved, renamed or replaced. */
function mutated(original: Json, random: Random): Json {
  let root = structuredClone(original);
  const times = 1 + Math.floor(4 * random.uniform() ** 3);
  for (let i = 0; i < times; i++) {
    const all = containers(root);
    if (all.length === 0 || random.uniform() < 0.02) {
      root = odd(random);
      continue;
    }
    const place = pick(all, random);
    const names = Object.keys(place);
    const name = names.length > 0 ? pick(names, random) : "a";
    const set = (name: string, value: Json) => {
      const own = { value, enumerable: true, writable: true, configurable: true };
      Object.defineProperty(place, Array.isArray(place) ? place.length : name, own); // `__proto__` too
    };
    const value = (place as Record<string, Json>)[name] ?? null;
    pick([
      () => Array.isArray(place) ? void place.splice(Number(name), 1) : void delete place[name],
      () => void ((place as Record<string, Json>)[name] = odd(random)),
      () => void ((place as Record<string, Json>)[name] = near(value, random)),
      () => void ((place as Record<string, Json>)[name] = structuredClone(pick(all, random))),
      () => set(pick(NAMES, random), structuredClone(value)),
      () => set(`${name} `, odd(random)),
    ], random)();
  }
  return root;
}

/** A value that is a little different. */
function near(value: Json, random: Random): Json {
  if (typeof value === "number") return value + pick([1, -1, 0.5, value], random);
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") {
    return pick([`${value} `, value.slice(1), "", value + "\n"], random);
  }
  return Array.isArray(value) ? value.toReversed() : odd(random);
}

const TOKENS = [
  ...`{ } [ ] , : " \\ null -1 1e400 Infinity "__proto__" "\\u0000" "\\ud800" \x1b \x00 \xff // 'a' +1 01`
    .split(" "),
  `"name":"twice",`,
  "[".repeat(20_000),
  '{"a":'.repeat(5000),
  "9".repeat(400),
  '"' + "x".repeat(70_000),
  "\ufeff",
].map((text) => concat(text));

/** The bytes of a JSON text, damaged in its structure, in its bytes or in how it is encoded. */
export function damagedJson(text: string, random: Random): Uint8Array {
  const roll = random.uniform();
  const bytes = concat(roll < 0.7 ? textOf(text, random) : text);
  if (roll < 0.6) return bytes;
  if (roll > 0.97) return utf16(new TextDecoder().decode(bytes));
  return mutate(bytes, random, { tokens: TOKENS, others: [concat(text)] });
}

/** A JSON text, or one a line, one of them damaged. */
function textOf(text: string, random: Random): string {
  const lines = text.trimEnd().split("\n");
  if (lines.length === 1 || !lines.every(isJson)) {
    return JSON.stringify(mutated(JSON.parse(text), random));
  }
  const place = random.integer(0, lines.length);
  const damaged = JSON.stringify(mutated(JSON.parse(lines[place]!), random));
  return `${lines.with(place, damaged).join("\n")}\n`;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function utf16(text: string): Uint8Array {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return new Uint8Array(Uint16Array.of(0xfeff, ...units.slice(0, 20_000)).buffer);
}
