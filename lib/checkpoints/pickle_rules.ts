import type { KeyLimit } from "./limits.ts";

/** A function or class that a pickle may name; without `build` it may be named but not called. */
export class PickleGlobal {
  constructor(readonly name: string, readonly build?: (args: readonly unknown[]) => unknown) {}
}

/** An object that a pickle gives its state after building it. */
export abstract class PickleObject {
  abstract setState(state: unknown): void;
}

/** What a pickle may use besides plain values and placeholders. */
export interface PickleRules {
  /** By module and name: `torch._utils._rebuild_tensor_v2`. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  /** Shared by all pickles of a file. */
  readonly keys: KeyLimit;
  /** What an id stands for that the pickle refers to, for example a storage. */
  persistent(id: unknown): unknown;
}
