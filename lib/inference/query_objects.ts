import type { Instance } from "../images/instances.ts";
import { runsOfMask } from "../images/mask_runs.ts";
import type { Objects, Segment } from "../images/objects.ts";
import { type QueryAnswer, queryClasses, sigmoid } from "./query_answer.ts";

/** When a query is an object, all shares from 0 to 1. */
export interface PanopticRule {
  /** Its class's probability is above this. */
  readonly score: number;
  /** Its mask is where the probability of a pixel is this or more. */
  readonly mask: number;
  /** Of its mask it keeps more than this, where other queries are not surer. */
  readonly kept: number;
}

/** What EoMT is published with. */
export const PANOPTIC_RULE: PanopticRule = { score: 0.8, mask: 0.5, kept: 0.8 };

/**
 * The objects that a network of queries sees in a picture, none over another: each pixel goes to the
 * query whose class and mask together are the likeliest, of those whose class is not none. Queries of
 * one class of stuff are one object, with the score of the first. Memory is that of a few maps of the
 * picture: masks come one at a time.
 */
export function panopticOf(
  answer: QueryAnswer,
  things: readonly boolean[],
  rule: PanopticRule = PANOPTIC_RULE,
): Objects {
  requireThings(answer, things);
  const { width, height } = answer;
  const kept = [...queryClasses(answer.classes).entries()]
    .filter(([, { share, none }]) => share >= none && share > rule.score);
  const { owner, share, areas } = likeliest(
    answer,
    kept.map(([q, { share }]) => [q, share]),
    rule.mask,
  );
  const owned = new Uint32Array(kept.length);
  const final = new Uint32Array(kept.length);
  owner.forEach((place, i) => {
    if (place < 0) return;
    owned[place]!++;
    if (share[i]! >= rule.mask) final[place]!++;
  });
  const ids = new Int32Array(kept.length);
  const segments: Segment[] = [];
  const stuff = new Map<number, number>();
  kept.forEach(([, { class: index, share: score }], place) => {
    if (final[place] === 0 || !(owned[place]! / areas[place]! > rule.kept)) return;
    const known = stuff.get(index);
    ids[place] = known ?? segments.length + 1;
    if (known !== undefined) return;
    segments.push({ id: segments.length + 1, class: index, score });
    if (!things[index]) stuff.set(index, segments.length);
  });
  const data = owner.map((place, i) => place >= 0 && share[i]! >= rule.mask ? ids[place]! : 0);
  return { width, height, data, segments };
}

/** Which of some queries each pixel goes to, and with which probability; and the area of each's mask. */
function likeliest(
  answer: QueryAnswer,
  queries: readonly (readonly [query: number, score: number])[],
  limit: number,
) {
  const pixels = answer.width * answer.height;
  const owner = new Int32Array(pixels).fill(-1);
  const best = new Float32Array(pixels).fill(-1);
  const share = new Float32Array(pixels);
  const areas = queries.map(([query, score], place) => {
    const mask = answer.mask(query);
    let area = 0;
    for (let i = 0; i < pixels; i++) {
      const probability = sigmoid(mask[i]!);
      if (probability >= limit) area++;
      const weight = Math.fround(score * probability);
      if (weight <= best[i]!) continue;
      best[i] = weight;
      share[i] = probability;
      owner[i] = place;
    }
    return area;
  });
  return { owner, share, areas };
}

/** What EoMT is published with. */
export const INSTANCE_SCORE = 0.8;

/**
 * The instances that a network of queries sees in a picture, in the order of its queries: each query is
 * one of its likeliest class, where its mask is above 0. Its score is the class's probability times the
 * mean probability of its mask's pixels; those below `score` are left out. Instances may overlap.
 */
export function instancesOfQueries(
  answer: QueryAnswer,
  score = INSTANCE_SCORE,
): readonly Instance[] {
  return queryClasses(answer.classes).flatMap(({ class: index, share }, query): Instance[] => {
    if (share < score) return []; // whatever its mask is: a mean probability is at most 1
    const mask = answer.mask(query);
    const bits = new Uint8Array(mask.length);
    let [area, sum] = [0, 0];
    for (let i = 0; i < mask.length; i++) {
      if (!(mask[i]! > 0)) continue;
      bits[i] = 1;
      area++;
      sum += sigmoid(mask[i]!);
    }
    const own = share * sum / (area + 1e-6); // as published: never a division by nothing
    if (area === 0 || own < score) return [];
    return [{ class: index, score: own, mask: runsOfMask(bits, answer.width, answer.height) }];
  });
}

function requireThings({ classes }: QueryAnswer, things: readonly boolean[]): void {
  const needed = classes.shape[1]! - 1;
  if (things.length === needed) return;
  throw new RangeError(
    `Cannot read a network's queries: whether each of its ${needed} classes is of things or of stuff ` +
      `needed, got that of ${things.length}`,
  );
}
