import { assertEquals } from "@std/assert";
import { bilinearPixels, nearestLabels } from "../../lib/images/window.ts";
import { labelMap, pattern } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";

const whole = (width: number, height: number) => ({
  scaledWidth: width,
  scaledHeight: height,
  left: 0,
  top: 0,
  width,
  height,
  flip: false,
});

Deno.test("nearestLabels() takes floor(x · scale) as cv2's INTER_NEAREST", () => {
  const labels = labelMap(5, 1, (x) => x);
  // 5 to 8: scale 0.625, x · scale = 0, .625, 1.25, 1.875, 2.5, 3.125, 3.75, 4.375
  assertEquals(nearestLabels(labels, whole(8, 1)).data, Uint8Array.of(0, 0, 1, 1, 2, 3, 3, 4));
  // 5 to 3: scale 1.67, x · scale = 0, 1.67, 3.33
  assertEquals(nearestLabels(labels, whole(3, 1)).data, Uint8Array.of(0, 1, 3));
});

Deno.test("bilinearPixels() has half-pixel centres, repeated edges and no antialiasing", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(0, 10, 100, 100, 50, 200) };
  // centres of 4 over 2: -0.25 (edge), 0.25, 0.75, 1.25 (edge)
  assertEquals(
    bilinearPixels(image, whole(4, 1)).data,
    Uint8Array.of(0, 10, 100, 25, 20, 125, 75, 40, 175, 100, 50, 200),
  );
  // 8 to 2: centres 1.5 and 5.5, so only four of the eight pixels count
  const row = { width: 8, height: 1, data: new Uint8Array(24) };
  [0, 10, 30, 0, 0, 100, 50, 0].forEach((v, x) => row.data.fill(v, 3 * x, 3 * x + 3));
  assertEquals(bilinearPixels(row, whole(2, 1)).data, Uint8Array.of(20, 20, 20, 75, 75, 75));
});

Deno.test("bilinearPixels() interpolates rows as columns", () => {
  const column = { width: 1, height: 2, data: Uint8Array.of(0, 10, 100, 100, 50, 200) };
  assertEquals(
    bilinearPixels(column, whole(1, 4)).data,
    Uint8Array.of(0, 10, 100, 25, 20, 125, 75, 40, 175, 100, 50, 200),
  );
});

for (const [width, height] of [[37, 23], [9, 50], [20, 14]] as const) {
  Deno.test(`a window is a cut of the whole when an image is resized to ${width}×${height}`, () => {
    const image = pattern(20, 14);
    const labels = labelMap(20, 14, (x, y) => (x * 3 + y) % 7);
    const window = { ...whole(width, height), left: 2, top: 3, width: 6, height: 8, flip: true };
    const all = bilinearPixels(image, whole(width, height));
    const allLabels = nearestLabels(labels, whole(width, height));
    const cut = bilinearPixels(image, window);
    const cutLabels = nearestLabels(labels, window);
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 6; x++) {
        const there = (3 + y) * width + 2 + (5 - x); // mirrored
        assertEquals(cutLabels.data[6 * y + x], allLabels.data[there]);
        for (let c = 0; c < 3; c++) {
          assertEquals(cut.data[3 * (6 * y + x) + c], all.data[3 * there + c]);
        }
      }
    }
  });
}

Deno.test("bilinearPixels() changes nothing when the size stays", () => {
  assertSame(bilinearPixels(pattern(9, 7), whole(9, 7)), pattern(9, 7));
});
