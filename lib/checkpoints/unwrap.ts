/** A checkpoint's tensors without the dictionaries around them. */
export interface Unwrapped<T> {
  readonly tensors: Map<string, T>;
  /** Names of tensors beside the network's, for example an optimizer's, as in the file. */
  readonly outside: readonly string[];
}

/** How to find the network among a checkpoint's tensors. */
export interface UnwrapOptions {
  /** Whether a network that is looked for has a tensor of this name. Default: none has. */
  readonly known?: (name: string) => boolean;
  /** The classes of Python objects in the file, by the names that tensors there would have. */
  readonly objects?: ReadonlyMap<string, string>;
}

/** What training scripts wrap a state dict in, and torch's DataParallel around the network. */
const WRAPPERS = ["state_dict.", "model_state_dict.", "model.", "module."];

/** Modules that PyTorch puts around any other: compile, fully sharded training, checkpointing. */
const AROUND = /(?<=^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;

/**
 * Takes off what is in front of a network's names: whatever it is where `known` tells the names,
 * else "state_dict.", "model.", "module." …; and `_orig_mod.` and its like anywhere. Tensors
 * without that in front are left out. A Python object where the network has a tensor, and two
 * networks of which none is meant before the other, are a TypeError.
 */
export function unwrap<T>(
  tensors: ReadonlyMap<string, T>,
  { known = () => false, objects = new Map() }: UnwrapOptions = {},
): Unwrapped<T> {
  const names = [...tensors.keys(), ...objects.keys()].map(unwrapped);
  const prefix = knownPrefix(names, known) ?? wrapperOf([...tensors.keys()].map(unwrapped));
  for (const [name, object] of objects) {
    const inner = behind(prefix, unwrapped(name));
    if (inner !== undefined && known(inner)) throw noTensor(name, object);
  }
  const inner = new Map<string, T>();
  const outside: string[] = [];
  for (const [name, tensor] of tensors) {
    const short = behind(prefix, unwrapped(name));
    if (short === undefined) outside.push(name);
    else if (inner.has(short)) throw twice(short, name);
    else inner.set(short, tensor);
  }
  return { tensors: inner, outside };
}

function unwrapped(name: string): string {
  return name.replaceAll(AROUND, "");
}

function behind(prefix: string, name: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/** Wrappers one after the other, each of which some of the names have. */
function wrapperOf(names: readonly string[]): string {
  const wrapper = WRAPPERS.find((prefix) => names.some((name) => name.startsWith(prefix)));
  if (wrapper === undefined) return "";
  const inner = names.map((name) => behind(wrapper, name)).filter((name) => name !== undefined);
  return wrapper + wrapperOf(inner);
}

/** Names that are looked at, and levels of each: enough to tell, and little work for any file. */
const MAX_NAMES = 4096;
const MAX_LEVELS = 8;

/** The shortest prefix with the most known names behind it; undefined where no name is known. */
function knownPrefix(
  names: readonly string[],
  known: (name: string) => boolean,
): string | undefined {
  const step = Math.ceil(names.length / MAX_NAMES);
  const counts = new Map<string, number>();
  for (const name of names.filter((_, i) => i % step === 0)) {
    for (const prefix of prefixesOf(name)) {
      if (!known(name.slice(prefix.length))) continue;
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const most = Math.max(...counts.values());
  const best = [...counts].filter(([, count]) => count === most).map(([prefix]) => prefix);
  return oneOf(best.filter((prefix) => !best.some((b) => b !== prefix && prefix.startsWith(b))));
}

/** "", "model.", "model.net." … of a name; big_vision's levels end with a slash. */
function prefixesOf(name: string): string[] {
  const ends = name.matchAll(/[./]/g).take(MAX_LEVELS).map(({ index }) => name.slice(0, index + 1));
  return ["", ...ends];
}

/** The one prefix; of several the one that begins with the first of the usual wrappers. */
function oneOf(prefixes: readonly string[]): string | undefined {
  if (prefixes.length <= 1) return prefixes[0];
  const levels = prefixes.map((prefix) => prefix.split(/(?<=[./])/));
  const depth = levels[0]!.findIndex((level, i) => levels.some((other) => other[i] !== level));
  const ranks = levels.map((parts) => WRAPPERS.indexOf(parts[depth] ?? ""))
    .map((rank) => rank < 0 ? WRAPPERS.length : rank);
  const first = Math.min(...ranks);
  const [one, ...others] = prefixes.filter((_, i) => ranks[i] === first);
  if (others.length === 0) return one;
  throw new TypeError(
    `Cannot tell which network of the checkpoint is meant: one needed, got the same names behind ` +
      [one, ...others].map((prefix) => JSON.stringify(prefix)).join(" and "),
  );
}

function noTensor(name: string, object: string): TypeError {
  return new TypeError(
    `Cannot take the checkpoint's weights: a tensor "${name}" needed, got the Python object ` +
      `${JSON.stringify(object)}, of which nothing ran; load the file in Python and save the ` +
      `network's state_dict() alone`,
  );
}

function twice(short: string, name: string): TypeError {
  return new TypeError(
    `Cannot take the checkpoint's weights: one tensor "${short}" needed, got "${name}" besides`,
  );
}
