import { z } from "zod";
import type { Group } from "./optimizer.ts";

/** Multipliers of learning rate and weight decay by a part of the parameters' names. */
export const paramwiseSchema = z.record(
  z.string().min(1),
  z.strictObject({ lrMult: z.number().positive(), decayMult: z.number().min(0) }),
);

/** What differs by parameter, for example `{ norm: { lrMult: 1, decayMult: 0 } }`. */
export type Paramwise = z.infer<typeof paramwiseSchema>;

/** What of a run's config the group of a parameter depends on. */
export interface Grouping {
  readonly lr: number;
  readonly minLr: number;
  readonly weightDecay: number;
  readonly paramwise: Paramwise;
}

/**
 * SegFormer's groups: no decay on norms, ten times the rate on the head (must_match 2.2). The third
 * one published, `pos_block`, names no parameter.
 */
export const SEGFORMER_PARAMWISE: Paramwise = {
  norm: { lrMult: 1, decayMult: 0 },
  head: { lrMult: 10, decayMult: 1 },
};

/** SETR's groups: ten times the rate on all heads (must_match 2.3). */
export const SETR_PARAMWISE: Paramwise = { head: { lrMult: 10, decayMult: 1 } };

/**
 * The group of a parameter. Of several parts that its name holds the longest counts, and of equally
 * long ones the first in the alphabet, as mmcv's `custom_keys` does. All groups decay to the same
 * lowest rate, as in mmcv and torch: a multiplied rate falls by more than the others.
 */
export function groupOf(name: string, { lr, minLr, weightDecay, paramwise }: Grouping): Group {
  const [part] = Object.keys(paramwise).filter((part) => name.includes(part))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const { lrMult, decayMult } = part ? paramwise[part]! : { lrMult: 1, decayMult: 1 };
  const decay = weightDecay * decayMult;
  if (minLr === 0 || minLr === lr || lrMult === 1) return { lrScale: lrMult, weightDecay: decay };
  const lrScale = (lrMult * lr - minLr) / (lr - minLr);
  return { lrScale, lrShift: minLr * (1 - lrScale), weightDecay: decay };
}
