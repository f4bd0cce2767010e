import { type Size, SIZE_LIMITS } from "./instance_size.ts";

const [medium, large] = SIZE_LIMITS.map((limit) => `${Math.sqrt(limit)}²`) as [string, string];

/** The areas of instances of each size, in words. */
export const sizeRanges: Readonly<Record<Size, string>> = {
  small: `below ${medium} pixels`,
  medium: `${medium} to ${large} pixels`,
  large: `from ${large} pixels`,
};
