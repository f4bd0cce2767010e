import type { Fed, Matching, Truth } from "../nn/model.ts";
import type { Random } from "../random.ts";
import type { Program } from "../runtime/program.ts";
import { value, type Values } from "../runtime/value.ts";

/**
 * What a loss is fed beside images, labels and parameters: what its matching gives and, of a forward pass
 * on the same `feeds`, what that decides. `match` computes what the decision needs; `progress` is the share
 * of the training that is done.
 */
export async function targets(
  match: Program,
  matching: Matching,
  feeds: Values,
  truth: Truth,
  random: Random,
  progress: number,
): Promise<Values> {
  const given = matching.given(truth, random, progress);
  const found = Object.entries(await match.run({ ...feeds, ...values(given) })).map((
    [name, { shape, data }],
  ) => [name, { shape, data: data as Float32Array }] as const);
  return values({ ...given, ...matching.targets(Object.fromEntries(found), given) });
}

function values(fed: Readonly<Record<string, Fed>>): Values {
  return Object.fromEntries(
    Object.entries(fed).map(([name, { shape, data }]) => [name, value(data, shape)]),
  );
}
