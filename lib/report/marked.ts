import type { Image } from "../images/image.ts";

/** A place in an image, in pixels from its left and upper border. */
export interface Point {
  /** Pixels from the left border. */
  readonly x: number;
  /** Pixels from the upper border. */
  readonly y: number;
}

/** An image with a ring around a point, white between black, seen on every ground. */
export function marked({ width, height, data }: Image, { x, y }: Point): Image {
  const radius = Math.max(5, Math.min(width, height) / 40);
  const half = Math.max(2.5, radius / 10);
  const drawn = data.slice();
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const distance = Math.hypot(column - x, row - y) - radius;
      if (Math.abs(distance) > half) continue;
      const at = 3 * (row * width + column);
      drawn.fill(Math.abs(distance) <= 0.48 * half ? 255 : 0, at, at + 3);
    }
  }
  return { width, height, data: drawn };
}
