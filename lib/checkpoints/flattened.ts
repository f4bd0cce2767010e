import { MAX_TENSORS, nameFault } from "./limits.ts";
import { Placeholder, refusedObject } from "./placeholder.ts";
import { PickledTensor } from "./torch_pickle.ts";
import { unreadable } from "./unreadable.ts";

/** Dicts within each other. */
export const MAX_DEPTH = 100;

/** Values of all dicts; one that is in several counts for each. */
export const MAX_VALUES = 1 << 20;

const MAX_CHARACTERS = 1 << 26; // of all tensors' names

/** What a pickled checkpoint holds, by the keys that lead there, joined by dots. */
export interface Flattened {
  readonly named: ReadonlyMap<string, PickledTensor>;
  /** The classes of placeholders that are where a tensor could be. */
  readonly objects: ReadonlyMap<string, string>;
}

/** The tensors in nested dicts; none at all is an error that names what is there instead. */
export function flattened(content: unknown, path: string): Flattened {
  const dicts = new Dicts(path);
  dicts.visit(itemsOf(content) ?? new Map(), "", 0);
  const { named, objects } = dicts;
  if (named.size > MAX_TENSORS) {
    throw unreadable(path, `at most ${MAX_TENSORS} tensors`, `${named.size}`);
  }
  if (named.size > 0) return { named, objects };
  const object = content instanceof Placeholder ? content.name : [...objects.values()][0];
  const got = content instanceof PickledTensor ? "a single tensor" : "none";
  const needs = "tensors in a dict or in nested dicts";
  throw unreadable(path, needs, object === undefined ? got : refusedObject(object), TypeError);
}

/** A dict's key; that of a tuple says nothing, and to print one could take for ever. */
export function keyText(key: unknown): string {
  return typeof key === "object" ? "?" : String(key);
}

class Dicts {
  readonly named = new Map<string, PickledTensor>();
  readonly objects = new Map<string, string>();
  #values = 0;
  #characters = 0;

  constructor(readonly path: string) {}

  visit(dict: ReadonlyMap<unknown, unknown>, prefix: string, depth: number): void {
    if (depth > MAX_DEPTH) throw this.#fault(`dicts nested ${MAX_DEPTH} deep at most`);
    for (const [key, value] of dict) {
      if (++this.#values > MAX_VALUES) throw this.#fault(`at most ${MAX_VALUES} values`);
      const name = `${prefix}${keyText(key)}`;
      const items = itemsOf(value);
      if (items) {
        if (name !== "optimizer") this.visit(items, `${name}.`, depth + 1);
      } else if (value instanceof PickledTensor) this.#addTensor(name, value);
      else if (value instanceof Placeholder) this.#addObject(name, value);
    }
  }

  #addTensor(name: string, tensor: PickledTensor): void {
    const fault = nameFault(name);
    if (fault) throw unreadable(this.path, ...fault);
    if (this.named.has(name)) {
      throw unreadable(this.path, "a name for each tensor", `two called ${name}`);
    }
    this.#characters += name.length;
    if (this.#characters > MAX_CHARACTERS) {
      throw this.#fault(`names of at most ${MAX_CHARACTERS} characters together`);
    }
    this.named.set(name, tensor);
  }

  #addObject(name: string, object: Placeholder): void {
    const mayBeTensor = this.objects.size < MAX_TENSORS && nameFault(name) === undefined;
    if (mayBeTensor) this.objects.set(name, object.name);
  }

  #fault(needs: string): Error {
    return unreadable(this.path, needs, "more");
  }
}

/** A dict's items, or those of an object that has some. */
export function itemsOf(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (value instanceof Placeholder) return value.items.size > 0 ? value.items : undefined;
  return value instanceof Map ? value : undefined;
}
