import { type NDArray, sizeOf } from "../array.ts";
import type { Noise } from "../nn/scope.ts";
import { stream } from "../random.ts";

/**
 * The random masks of a micro-batch: 1 / keep with probability keep, otherwise 0. They depend on their
 * names, the seed, the step and the micro-batch alone.
 */
export function drawMasks(
  noise: ReadonlyMap<string, Noise>,
  seed: number,
  step: number,
  micro: number,
): Map<string, NDArray> {
  return new Map(
    [...noise].map(([name, { tensor: { shape }, keep }]) => {
      const random = stream(`${name}/${step}/${micro}`, seed);
      const data = new Float32Array(sizeOf(shape));
      for (let i = 0; i < data.length; i++) data[i] = random.uniform() < keep ? 1 / keep : 0;
      return [name, { shape, data }];
    }),
  );
}
