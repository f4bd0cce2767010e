import { type NDArray, sizeOf } from "../array.ts";
import { stream } from "../random.ts";
import type { Init, Parameter } from "./scope.ts";

/** All 0: biases. */
export const zeros: Init = (shape) => new Float32Array(sizeOf(shape));

/** All 1: the weights of norms. */
export const ones: Init = (shape) => new Float32Array(sizeOf(shape)).fill(1);

/** All one number. */
export function filled(value: number): Init {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** A normal distribution of deviation `std`, redrawn outside of [-2, 2] as timm's trunc_normal_. */
export function truncatedNormal(std: number): Init {
  return (shape, random) =>
    new Float32Array(sizeOf(shape)).map(() => {
      let value = std * random.normal();
      while (Math.abs(value) > 2) value = std * random.normal();
      return value;
    });
}

/** A normal distribution of deviation `std`. */
export function normal(std: number): Init {
  return (shape, random) => new Float32Array(sizeOf(shape)).map(() => std * random.normal());
}

/** Uniform in ±1/√fanIn: what torch gives convolutions and their biases. */
export function uniformFanIn(fanIn: number): Init {
  const bound = 1 / Math.sqrt(fanIn);
  return (shape, random) =>
    new Float32Array(sizeOf(shape)).map(() => bound * (2 * random.uniform() - 1));
}

/** First values of all parameters. Each has its own stream: one more layer changes no other's. */
export function initialize(
  parameters: ReadonlyMap<string, Parameter>,
  seed: number,
): Map<string, NDArray> {
  return new Map(
    [...parameters].map(([name, { tensor: { shape }, init }]) => [
      name,
      { shape, data: init(shape, stream(`init/${name}`, seed)) },
    ]),
  );
}
