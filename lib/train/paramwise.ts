import type { Paramwise } from "../families/recipe.ts";
import type { Group } from "./optimizer.ts";

/** What of a run's config the group of a parameter depends on. */
export interface Grouping {
  readonly lr: number;
  readonly minLr: number;
  readonly weightDecay: number;
  readonly paramwise: Paramwise;
}

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
