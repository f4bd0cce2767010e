import { assert, assertEquals, assertThrows } from "@std/assert";
import { resizeAntialiased } from "../../lib/images/antialiased.ts";
import { bilinearBands, resizeBands } from "../../lib/images/bands.ts";
import type { Bands, Image } from "../../lib/images/image.ts";
import { denormalisedBands, normalise } from "../../lib/images/normalise.ts";
import { rotatedBands, rotatedPixels } from "../../lib/images/rotated_window.ts";
import { shownImage } from "../../lib/images/shown_bands.ts";
import { bilinearPixels } from "../../lib/images/window.ts";
import { pattern } from "../data/fixtures.ts";

const image = pattern(23, 17);
const bandsOf = ({ data, ...size }: Image): Bands => {
  return { ...size, channels: 3, data: Float32Array.from(data) };
};

/** Bytes are rounded, once or, by PIL, after each direction; floats are not. */
function assertNear(bands: Bands, bytes: Image, most: number): void {
  assertEquals([bands.width, bands.height], [bytes.width, bytes.height]);
  const far = bands.data.reduce((far, x, i) => Math.max(far, Math.abs(x - bytes.data[i]!)), 0);
  assert(far <= most, `${far}`);
}

const window = { scaledWidth: 41, scaledHeight: 29, left: 5, top: 3, width: 20, height: 21 };

Deno.test("bilinearBands() shows what bilinearPixels() shows, mirrored or not, cropped or resized", () => {
  const own = { scaledWidth: 23, scaledHeight: 17, left: 2, top: 1, width: 9, height: 11 };
  for (const flip of [false, true]) {
    for (const place of [window, own, { ...window, scaledWidth: 30 }]) {
      const where = { ...place, flip };
      assertNear(bilinearBands(bandsOf(image), where), bilinearPixels(image, where), 0.6);
    }
  }
});

Deno.test("rotatedBands() shows what rotatedPixels() shows, and nothing outside", () => {
  const where = { ...window, flip: true };
  const turned = rotatedBands(bandsOf(image), where, 0.7);
  const bytes = rotatedPixels(image, where, 0.7, [0, 0, 0]);
  assert(turned.data.some(Number.isNaN));
  assertNear({ ...turned, data: turned.data.map((x) => Number.isNaN(x) ? 0 : x) }, bytes, 0.5);
});

Deno.test("resizeBands() resizes as PIL does but for rounding", () => {
  for (const filter of ["bilinear", "box", "bicubic", "nearest"] as const) {
    for (const [h, w] of [[9, 12], [17, 40], [30, 23]] as const) {
      const bytes = resizeAntialiased(image, h, w, filter);
      const { data, ...size } = resizeBands(bandsOf(image), h, w, filter);
      const clipped = data.map((x) => Math.min(Math.max(x, 0), 255)); // bicubic overshoots
      assertNear({ ...size, data: clipped }, bytes, filter === "bicubic" ? 3 : 1);
    }
  }
});

Deno.test("normalise() takes each band's own statistics, and the mean where it has no value", () => {
  const data = Float32Array.of(10, 2000, NaN, 1000);
  const bands = { width: 2, height: 1, channels: 2, data };
  const statistics = { mean: [8, 1000], std: [2, 500] };
  const planes = normalise(bands, statistics);
  assertEquals(planes, { shape: [2, 1, 2], data: Float32Array.of(1, 0, 2, 0) });
  assertEquals(denormalisedBands(planes, statistics).data, Float32Array.of(10, 2000, 8, 1000));
});

Deno.test("normalise() refuses another number of channels than the network's", () => {
  const statistics = { mean: [0, 0], std: [1, 1] };
  assertThrows(
    () => normalise(image, statistics),
    RangeError,
    "2 bands needed, as its pixel statistics have, got an RGB image",
  );
});

Deno.test("shownImage() stretches the first three bands, or the first in grey", () => {
  const data = Float32Array.from({ length: 400 }, (_, i) => 1000 + Math.floor(i / 4) * (i % 4 + 1));
  const { data: shown } = shownImage({ width: 10, height: 10, channels: 4, data });
  assertEquals([...shown.slice(0, 3)], [0, 0, 0]);
  assertEquals([...shown.slice(-3)], [255, 255, 255]);
  assertEquals([...shown.slice(3 * 50, 3 * 50 + 3)], [129, 129, 129]); // 255 · (50 - 2) / (97 - 2)
  const grey = shownImage({ width: 2, height: 1, channels: 1, data: Float32Array.of(NaN, 3) });
  assertEquals(grey.data.length, 6);
  assertEquals(shownImage(image), image);
});
