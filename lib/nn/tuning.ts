/** What a training leaves of a network as it is, and what it adds to it. */
export interface Tuning {
  /** How the names of parameters begin that do not learn: "encoder.blocks.0.". */
  readonly frozen: readonly string[];
  /**
   * How the names of modules begin that run as without training: no dropout, no stochastic depth, and
   * batch norm by its running statistics, which stay what they are.
   */
  readonly still: readonly string[];
  /** Low-rank adapters, which learn wherever they are; null for none. */
  readonly lora: Lora | null;
}

/** Low-rank adapters of linear layers (Hu et al. 2022): y = x (W + alpha / rank · B A)ᵀ + b. */
export interface Lora {
  /** Rows of A and columns of B. */
  readonly rank: number;
  /** What the product counts, divided by the rank. */
  readonly alpha: number;
  /** How the names of the layers begin that have one. */
  readonly layers: readonly string[];
}

/** All learns. */
export const ALL_LEARNS: Tuning = { frozen: [], still: [], lora: null };

/** Whether a name begins in one of these ways. */
export function isBelow(name: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => name.startsWith(beginning));
}
