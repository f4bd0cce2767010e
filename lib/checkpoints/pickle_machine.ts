import type { PickleBytes } from "./pickle_bytes.ts";
import { PickleGlobal, PickleObject, type PickleRules } from "./pickle_rules.ts";
import { isDangerous, Placeholder, refusedObject } from "./placeholder.ts";
import { unreadable } from "./unreadable.ts";

const MAX_OBJECTS = 1 << 20; // dicts, lists, sets …: an empty dict takes 200 bytes of memory
const MAX_MEMO = 1 << 22; // as many as there may be opcodes; Python counts from 0 on
const MAX_GLOBAL = 1000; // characters of a module's or class's name

/** The stack that a pickle's opcodes work on, and the values that they can come back to. */
export class PickleMachine {
  #stack: unknown[] = [];
  #objects = 0;
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #placeholders = new Map<string, Placeholder>();

  constructor(readonly bytes: PickleBytes, readonly rules: PickleRules) {}

  fault(needs: string, got: string): Error {
    return unreadable(this.bytes.source.path, needs, got, SyntaxError);
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  /** Pushes a value that takes memory of its own. */
  create(value: unknown): void {
    if (++this.#objects > MAX_OBJECTS) {
      throw this.fault(`a pickle of at most ${MAX_OBJECTS} objects`, "more");
    }
    this.#stack.push(value);
  }

  pop(): unknown {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= floor) throw this.#missing("a value");
    return this.#stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** The values above the last mark; the mark goes. */
  popMark(): unknown[] {
    const start = this.#marks.pop();
    if (start === undefined) throw this.#missing("a mark");
    return this.#stack.splice(start);
  }

  /** The last `count` values as a tuple. */
  tuple(count: number): void {
    const values = Array.from({ length: count }, () => this.pop());
    this.create(values.reverse());
  }

  memoize(index = this.#memo.size): void {
    if (index > MAX_MEMO) throw this.fault(`a memo of at most ${MAX_MEMO} values`, `${index}`);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#missing(`memo ${index}`);
    this.push(this.#memo.get(index));
  }

  append(values: readonly unknown[]): void {
    const list = this.top();
    if (list instanceof Placeholder) return;
    if (!Array.isArray(list)) throw this.#missing("a list");
    for (const value of values) list.push(value);
  }

  addItems(values: readonly unknown[]): void {
    const set = this.top();
    if (set instanceof Placeholder) return;
    if (!(set instanceof Set)) throw this.#missing("a set");
    for (const value of values) {
      this.rules.keys.take(value);
      set.add(value);
    }
  }

  frozenSet(values: readonly unknown[]): void {
    this.create(new Set());
    this.addItems(values);
  }

  setItems(values: readonly unknown[]): void {
    const dict = this.top();
    const takes = dict instanceof Map || dict instanceof Placeholder;
    if (!takes || values.length % 2 !== 0) throw this.#missing("a dict and pairs");
    for (let i = 0; i < values.length; i += 2) {
      this.rules.keys.take(values[i]);
      if (dict instanceof Map) dict.set(values[i], values[i + 1]);
      else dict.setItem(values[i], values[i + 1]);
    }
  }

  /** What a module and a name stand for: one of the rules' globals, or a placeholder. */
  global(module: unknown, name: unknown): PickleGlobal | Placeholder {
    if (typeof module !== "string" || typeof name !== "string") throw this.#missing("a name");
    if (module.length + name.length > MAX_GLOBAL) {
      throw this.fault(`names of classes of at most ${MAX_GLOBAL} characters`, "a longer one");
    }
    const full = `${module}.${name}`;
    const found = this.rules.globals.get(full) ?? this.#placeholders.get(full);
    if (found) return found;
    if (!isDangerous(full)) return this.#placeholder(full);
    throw unreadable(
      this.bytes.source.path,
      "a pickle of tensors, numbers, text, lists and dicts alone",
      refusedObject(full),
      TypeError,
    );
  }

  #placeholder(name: string): Placeholder {
    const placeholder = new Placeholder(name);
    this.#placeholders.set(name, placeholder);
    return placeholder;
  }

  /** Pushes what a call gives; a placeholder's does nothing, whatever its arguments are. */
  call(callee: unknown, args: unknown): void {
    if (callee instanceof Placeholder) return this.create(callee.call(args));
    const called = callee instanceof PickleGlobal ? callee : undefined;
    if (!called?.build || !Array.isArray(args)) {
      throw this.#missing(`a global that can be called, not ${called?.name ?? "a plain value"}`);
    }
    this.create(called.build(args));
  }

  build(state: unknown): void {
    const object = this.top();
    if (object instanceof PickleObject) object.setState(state);
    // Attributes of an OrderedDict, such as a state dict's _metadata, are no part of its contents.
    else if (!(object instanceof Map || object instanceof Placeholder)) {
      throw this.#missing("an object that has a state");
    }
  }

  #missing(what: string): Error {
    return this.fault(`${what} for the opcode`, `none before byte ${this.bytes.position}`);
  }
}
