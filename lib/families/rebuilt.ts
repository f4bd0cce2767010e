import type { Architecture } from "./architecture.ts";

/** A network that was read from a checkpoint's tensors and the files beside it. */
export interface Rebuilt {
  readonly architecture: Architecture;
  /** What neither tensors nor files say, in words. */
  readonly assumed: readonly string[];
}
