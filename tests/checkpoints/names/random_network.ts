import type { NDArray } from "../../../lib/array.ts";
import { type Architecture, declaredBy } from "../../../lib/models/architecture.ts";
import { initialize } from "../../../lib/nn/init.ts";
import { stream } from "../../../lib/random.ts";

/** All weights of a network under Seglab's names, none of them 0. */
export function randomWeights(architecture: Architecture): Map<string, NDArray> {
  const drawn = initialize(declaredBy(architecture, 64).parameters, 3);
  return new Map([...drawn].map(([name, { shape, data }]) => {
    const random = stream(`noise/${name}`, 3);
    return [name, { shape, data: data.map((value) => value + 0.1 * random.normal()) }];
  }));
}
