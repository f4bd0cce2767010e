/** A checkpoint's tensors without the dictionaries around them. */
export interface Unwrapped<T> {
  readonly tensors: Map<string, T>;
  /** Names of tensors beside the network's, for example an optimizer's. */
  readonly outside: readonly string[];
}

/** What training scripts wrap a state dict in, and torch's DataParallel around the network. */
const WRAPPERS = ["state_dict.", "model_state_dict.", "model.", "module."];

/** Takes "state_dict.", "model.", "module." … off the names that have them and leaves the others. */
export function unwrap<T>(tensors: ReadonlyMap<string, T>): Unwrapped<T> {
  let inner = new Map(tensors);
  const outside: string[] = [];
  let path = "";
  for (;;) {
    const names = [...inner.keys()];
    const wrapper = WRAPPERS.find((prefix) => names.some((name) => name.startsWith(prefix)));
    if (!wrapper) return { tensors: inner, outside };
    outside.push(...names.filter((name) => !name.startsWith(wrapper)).map((name) => path + name));
    const wrapped = [...inner].filter(([name]) => name.startsWith(wrapper));
    inner = new Map(wrapped.map(([name, tensor]) => [name.slice(wrapper.length), tensor]));
    path += wrapper;
  }
}
