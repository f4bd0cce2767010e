import { z } from "zod";
import type { Group } from "./optimizer.ts";

/** Multipliers of learning rate and weight decay by a part of the parameters' names. */
export const paramwiseSchema = z.record(
  z.string().min(1),
  z.strictObject({ lrMult: z.number().positive(), decayMult: z.number().min(0) }),
);

/** What differs by parameter, for example `{ norm: { lrMult: 1, decayMult: 0 } }`. */
export type Paramwise = z.infer<typeof paramwiseSchema>;

/** SegFormer's groups: no decay on norms, ten times the rate on the head (must_match 2.2). */
export const SEGFORMER_PARAMWISE: Paramwise = {
  norm: { lrMult: 1, decayMult: 0 },
  head: { lrMult: 10, decayMult: 1 },
};

/** SETR's groups: ten times the rate on all heads (must_match 2.3). */
export const SETR_PARAMWISE: Paramwise = { head: { lrMult: 10, decayMult: 1 } };

/**
 * The group of a parameter. Of several parts that its name holds the longest counts, and of equally
 * long ones the first in the alphabet, as mmcv's `custom_keys` does.
 */
export function groupOf(name: string, weightDecay: number, paramwise: Paramwise): Group {
  const [part] = Object.keys(paramwise).filter((part) => name.includes(part))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const { lrMult, decayMult } = part ? paramwise[part]! : { lrMult: 1, decayMult: 1 };
  return { lrScale: lrMult, weightDecay: weightDecay * decayMult };
}
