import type { Size } from "../images/image.ts";

/** The size at which windows fit: the short side at least `window`, the ratio of sides kept. */
export function enlargedSize([h, w]: Size, window: number): Size {
  if (Math.min(h, w) >= window) return [h, w];
  return h < w ? [window, Math.trunc((w / h) * window)] : [Math.trunc((h / w) * window), window];
}

/** Where windows start along an axis: at multiples of the stride, and where the last one fits. */
export function anchors(length: number, window: number, stride: number): number[] {
  const result: number[] = [];
  for (let start = 0; start < length - window; start += stride) result.push(start);
  return [...result, length - window];
}
