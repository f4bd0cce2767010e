import { mixed } from "./bands.ts";
import { type Bands, type Colour, IGNORE, type Image, type LabelMap } from "./image.ts";
import type { NumberMap, Window } from "./window.ts";

/**
 * Pixels [window.height, window.width, 3] of a window whose content is turned counter-clockwise about its
 * middle: bilinear, with the image's own pixels where it has them, and a colour outside of it.
 */
export function rotatedPixels(
  image: Image,
  window: Window,
  radians: number,
  outside: Colour,
): Image {
  const { width, height } = window;
  const { data: source } = image;
  const data = new Uint8Array(3 * width * height);
  visit(image, window, radians, (pixel, x, y) => {
    const at = 3 * pixel;
    if (x < 0) {
      data.set(outside, at);
      return;
    }
    const [left, right, across] = taps(x, image.width);
    const [top, bottom, down] = taps(y, image.height);
    for (let channel = 0; channel < 3; channel++) {
      const value = (x: number, y: number) => source[3 * (y * image.width + x) + channel]!;
      const upper = value(left, top) * (1 - across) + value(right, top) * across;
      const lower = value(left, bottom) * (1 - across) + value(right, bottom) * across;
      data[at + channel] = Math.round(upper * (1 - down) + lower * down);
    }
  });
  return { width, height, data };
}

/** The same of bands, without rounding; outside of the image they have no value. */
export function rotatedBands(bands: Bands, window: Window, radians: number): Bands {
  const { width, height } = window;
  const { channels, data: source } = bands;
  const data = new Float32Array(channels * width * height);
  visit(bands, window, radians, (pixel, x, y) => {
    const at = channels * pixel;
    if (x < 0) {
      data.fill(NaN, at, at + channels);
      return;
    }
    const [left, right, across] = taps(x, bands.width);
    const [top, bottom, down] = taps(y, bands.height);
    for (let channel = 0; channel < channels; channel++) {
      const value = (x: number, y: number) => source[channels * (y * bands.width + x) + channel]!;
      const upper = mixed(value(left, top), value(right, top), across);
      const lower = mixed(value(left, bottom), value(right, bottom), across);
      data[at + channel] = mixed(upper, lower, down);
    }
  });
  return { width, height, channels, data };
}

/** The labels of `rotatedPixels`: nearest, and ignored outside of the image. */
export function rotatedLabels(labels: LabelMap, window: Window, radians: number): LabelMap {
  const { width, height } = window;
  const data = new Uint8Array(width * height);
  rotatedMap(labels, window, radians, data, IGNORE);
  return { width, height, data };
}

/** Writes what `rotatedLabels` takes of a map into [window.height, window.width]. */
export function rotatedMap<Numbers extends Uint8Array | Int32Array>(
  map: NumberMap<Numbers>,
  window: Window,
  radians: number,
  target: Numbers,
  outside: number,
): void {
  visit(map, window, radians, (pixel, x, y) => {
    target[pixel] = x < 0 ? outside : map.data[Math.floor(y) * map.width + Math.floor(x)]!;
  });
}

/**
 * Calls with each pixel of the window and the place in the source that its middle shows, where pixel i
 * reaches from i to i + 1; outside of the source x is −1.
 */
function visit(
  source: { readonly width: number; readonly height: number },
  { scaledWidth, scaledHeight, left, top, width, height, flip }: Window,
  radians: number,
  each: (pixel: number, x: number, y: number) => void,
): void {
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [toX, toY] = [source.width / scaledWidth, source.height / scaledHeight];
  for (let row = 0, pixel = 0; row < height; row++) {
    const dy = row + 0.5 - height / 2;
    for (let column = 0; column < width; column++, pixel++) {
      const across = column + 0.5 - width / 2;
      const dx = flip ? -across : across;
      const x = (left + width / 2 + cos * dx - sin * dy) * toX;
      const y = (top + height / 2 + sin * dx + cos * dy) * toY;
      const isInside = x >= 0 && x < source.width && y >= 0 && y < source.height;
      each(pixel, isInside ? x : -1, y);
    }
  }
}

/** The two pixels between whose middles a place lies, and the second one's weight; edges repeat. */
function taps(place: number, size: number): readonly [number, number, number] {
  const centre = Math.min(Math.max(place - 0.5, 0), size - 1);
  const first = Math.floor(centre);
  return [first, Math.min(first + 1, size - 1), centre - first];
}
