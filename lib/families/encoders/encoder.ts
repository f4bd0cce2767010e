import type { CheckpointKind } from "../../checkpoints/kind.ts";

/** A kind of encoder that is trained on ImageNet and shared by families. */
export interface Encoder {
  /** What it is, for errors: "a ViT". */
  readonly title: string;
  /** The kinds of published checkpoints that hold one alone. */
  readonly checkpoints: readonly CheckpointKind[];
}
