import { z } from "zod";
import { inFlight } from "../in_flight.ts";
import { firstOf } from "../words.ts";
import type { DiskSource } from "./dataset.ts";
import type { Pair } from "./pairs.ts";
import { presentIn } from "./present.ts";
import { type Divisible, type Division, heldOutShare } from "./split.ts";

/** What of the examples is held out to validate on: a share, or those of some names. */
export type Holdout = (Division & { readonly share: number }) | readonly string[];

/** What is held out where nobody has said it. */
export const A_FIFTH = { share: 0.2, seed: 0 } as const satisfies Holdout;

/** How a description says what is held out: beside "val" stand "seed" and "groupBy". */
export const holdoutSchema = {
  val: z.union([z.number().gt(0).lt(1), z.array(z.string().min(1)).min(1)], {
    error: 'needs a share above 0 and below 1 ("val": 0.2), or a list of names',
  }),
  seed: z.int().min(0).default(0),
  groupBy: z.string().min(1).refine(isExpression, { error: "needs a regular expression" })
    .optional(),
};

function isExpression(text: string): boolean {
  try {
    return new RegExp(text, "u") !== null;
  } catch {
    return false;
  }
}

/** The holdout that a description says. */
export function holdoutOf(
  { val, seed, groupBy }: {
    readonly val: number | readonly string[];
    readonly seed: number;
    readonly groupBy?: string | undefined;
  },
): Holdout {
  if (typeof val !== "number") return val;
  return { share: val, seed, ...groupBy !== undefined && { groupBy: new RegExp(groupBy, "u") } };
}

/** Masks that are looked at together. */
const AT_ONCE = 4;

/** The names and classes of pairs, from their masks where `known` does not say them. */
export async function divisible<P extends Pair>(
  pairs: readonly P[],
  tableFor: DiskSource["tableFor"],
  known: (pair: P) => ReadonlySet<number> | undefined = () => undefined,
): Promise<readonly Divisible[]> {
  const found: Divisible[] = [];
  const look = async (pair: P): Promise<Divisible> => ({
    name: pair.name,
    present: known(pair) ?? await presentIn(pair, tableFor),
  });
  for await (const one of inFlight(pairs, AT_ONCE, look)) found.push(one);
  return found;
}

/** Which of some pairs are held out, by their indices; `place` is the file that says it. */
export async function heldOutOf<P extends Pair>(
  holdout: Holdout,
  pairs: readonly P[],
  tableFor: DiskSource["tableFor"],
  place: string,
  known?: (pair: P) => ReadonlySet<number> | undefined,
): Promise<ReadonlySet<number>> {
  if (!("share" in holdout)) return named(holdout, pairs, place);
  const held = heldOutShare(await divisible(pairs, tableFor, known), holdout.share, holdout);
  if (held.length > 0 && held.length < pairs.length) return new Set(held);
  throw new RangeError(
    `Cannot divide ${place}: examples for both training and validation needed, got ` +
      `${
        pairs.length - held.length
      } and ${held.length} of ${pairs.length}; give another share, or ` +
      `smaller groups`,
  );
}

function named(
  names: readonly string[],
  pairs: readonly Pair[],
  place: string,
): ReadonlySet<number> {
  const indices = new Map(pairs.map(({ name }, index) => [name, index]));
  const unknown = names.filter((name) => !indices.has(name));
  if (unknown.length === 0) return new Set(names.map((name) => indices.get(name)!));
  throw new RangeError(
    `Cannot divide ${place}: names of its images needed as "val" (${
      firstOf(pairs.map(({ name }) => name), 3)
    }), got ${unknown.length} of no image (${firstOf(unknown)})`,
  );
}
