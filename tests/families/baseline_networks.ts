import { deeplabv3plus } from "../../lib/families/deeplabv3plus/deeplabv3plus.ts";
import { fcn } from "../../lib/families/fcn/fcn.ts";
import { semanticFpn } from "../../lib/families/semantic_fpn/semantic_fpn.ts";
import type { Tensor } from "../../lib/graph/tensor.ts";
import type { Scope } from "../../lib/nn/scope.ts";
import type { Scores } from "../../lib/nn/scores.ts";
import type { Golden } from "../golden.ts";

/** The baselines by their families in the files of reference numbers. */
export const networks = { fcn, semantic_fpn: semanticFpn, deeplabv3plus } as const;

export type Network = (p: Scope, images: Tensor) => Scores;

/** The network of a file of reference numbers. */
export function networkOf({ config }: Golden): Network {
  return (p, images) => networks[config.family as keyof typeof networks](p, images, config);
}
