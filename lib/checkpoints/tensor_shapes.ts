import type { NDArray } from "../array.ts";

/** Four sides at most, so that none of those asked for is undefined. */
type Sides = readonly [number, number, number, number];

/** The shape of a tensor that has to be there with as many axes, none of which is empty. */
export function shapeOf(
  tensors: ReadonlyMap<string, NDArray>,
  name: string,
  axes: 1 | 2 | 3 | 4,
): Sides {
  const tensor = tensors.get(name);
  if (!tensor) throw new TypeError(`Cannot rebuild the network: "${name}" needed, got none`);
  if (tensor.shape.length !== axes) {
    throw new RangeError(
      `Cannot rebuild the network: "${name}" of ${axes} axes needed, got [${tensor.shape}]`,
    );
  }
  if (tensor.shape.includes(0)) {
    throw new RangeError(
      `Cannot rebuild the network: "${name}" with elements needed, got [${tensor.shape}]`,
    );
  }
  return tensor.shape as unknown as Sides;
}

const MAX_BLOCKS = 1000;

/**
 * One more than the largest number that follows the path in a name: 12 for blocks.0 to blocks.11. A
 * number of which no network could have as many is a RangeError.
 */
export function blockCount(tensors: ReadonlyMap<string, NDArray>, path: string): number {
  const numbers = [...tensors.keys()].filter((name) => name.startsWith(path))
    .map((name) => Number.parseInt(name.slice(path.length)));
  const count = Math.max(-1, ...numbers) + 1;
  if (count <= MAX_BLOCKS) return count;
  throw new RangeError(
    `Cannot rebuild the network: at most ${MAX_BLOCKS} of ${path}{i} needed, got ${path}${
      count - 1
    }`,
  );
}
