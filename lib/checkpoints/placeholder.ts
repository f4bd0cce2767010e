/**
 * Stands for a Python object that a pickle names and Seglab does not have: a class, what a call of
 * it gives, what that gives in turn. It takes calls, state, items and attributes and does nothing,
 * so that whatever a training script keeps beside the weights is passed over.
 */
export class Placeholder {
  #items: Map<unknown, unknown> | undefined;

  /** `name` is the class's or function's, with its module. */
  constructor(readonly name: string) {}

  /** What the pickle set by key, as it does with a subclass of dict; empty for anything else. */
  get items(): ReadonlyMap<unknown, unknown> {
    return this.#items ?? NOTHING;
  }

  setItem(key: unknown, value: unknown): void {
    this.#items ??= new Map();
    this.#items.set(key, value);
  }

  /** What a call gives: a placeholder of the same name, or of the class that is to be rebuilt. */
  call(args: unknown): Placeholder {
    const built = Array.isArray(args) && REBUILDS.test(this.name) ? args[0] : undefined;
    return new Placeholder(built instanceof Placeholder ? built.name : this.name);
  }
}

const NOTHING: ReadonlyMap<unknown, unknown> = new Map();

/** Functions by which Python builds an object of the class that is their first argument. */
const REBUILDS = /^(copy_?reg\._reconstructor|copy_?reg\.__newobj_ex__|numpy\..*\._reconstruct)$/;

/**
 * What no training script keeps and an attack needs: Python would run it. As a placeholder it would
 * be harmless here, but who opens such a file had better know.
 */
const DANGEROUS = [
  /^(os|posix|nt)\.(system|popen|exec|spawn|posix_spawn|startfile|fork|kill|remove|unlink|rmdir)/,
  /^(builtins|__builtin__)\.(eval|exec|execfile|compile|open|file|__import__|input|breakpoint)$/,
  /^(subprocess|commands|pty|runpy|importlib|imp|ctypes|socket|webbrowser|shutil|code|pdb|timeit)\./,
];

/** Whether a global is one that only an attack puts into a checkpoint. */
export function isDangerous(name: string): boolean {
  return DANGEROUS.some((pattern) => pattern.test(name));
}

/** The words about an object that was not taken. */
export function refusedObject(name: string): string {
  return `the Python object ${
    JSON.stringify(name.slice(0, 200))
  }: it is refused and nothing of it ` +
    "ran. If you trust the file, load it in Python and save its weights alone";
}
