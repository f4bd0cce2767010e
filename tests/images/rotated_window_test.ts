import { assert, assertEquals } from "@std/assert";
import { rotatedLabels, rotatedPixels } from "../../lib/images/rotated_window.ts";
import { bilinearPixels, nearestLabels } from "../../lib/images/window.ts";
import { labelMap, pattern } from "../data/fixtures.ts";

const whole = (side: number) => ({
  ...{ scaledWidth: side, scaledHeight: side, left: 0, top: 0 },
  ...{ width: side, height: side, flip: false },
});
const ignored = (data: Uint8Array) => data.filter((label) => label === 255).length;

Deno.test("rotatedLabels() turns counter-clockwise by 90 degrees as rows become columns", () => {
  const labels = labelMap(3, 3, (x, y) => 3 * y + x);
  const turned = rotatedLabels(labels, whole(3), Math.PI / 2).data;
  assertEquals([...turned], [2, 5, 8, 1, 4, 7, 0, 3, 6]);
  const mirrored = rotatedLabels(labels, { ...whole(3), flip: true }, 0).data;
  assertEquals([...mirrored], [2, 1, 0, 5, 4, 3, 8, 7, 6]);
});

Deno.test("rotatedPixels() and rotatedLabels() are the plain window where they turn by nothing", () => {
  const window = {
    scaledWidth: 60,
    scaledHeight: 40,
    left: 7,
    top: 5,
    width: 30,
    height: 20,
    flip: false,
  };
  const image = pattern(30, 20);
  const plain = bilinearPixels(image, window).data;
  const same = rotatedPixels(image, window, 0, [0, 0, 0]).data;
  assert(plain.every((value, i) => Math.abs(value - same[i]!) <= 1)); // cv2's weights have 11 bits
  const labels = labelMap(60, 40, (x, y) => (x + y) % 7);
  assertEquals(rotatedLabels(labels, window, 0), nearestLabels(labels, window));
});

Deno.test("rotatedLabels() ignores what leaves the picture: 3 − 2·√2 of a square at 45 degrees", () => {
  const side = 200;
  const turned = rotatedLabels(labelMap(side, side, () => 3), whole(side), Math.PI / 4);
  const outside = ignored(turned.data) / side ** 2;
  assert(Math.abs(outside - (3 - 2 * Math.SQRT2)) < 0.005, `${outside}`);
  // A window inside of the picture keeps its corners: there are pixels to show.
  const inner = { ...whole(side), left: 60, top: 60, width: 80, height: 80 };
  assertEquals(ignored(rotatedLabels(labelMap(side, side, () => 3), inner, Math.PI / 4).data), 0);
});

Deno.test("rotatedPixels() has the given colour exactly where labels are ignored", () => {
  const white = { width: 50, height: 50, data: new Uint8Array(7500).fill(255) };
  const { data } = rotatedPixels(white, whole(50), 0.5, [1, 2, 3]);
  const labels = rotatedLabels(labelMap(50, 50, () => 0), whole(50), 0.5);
  for (const [i, label] of labels.data.entries()) {
    assertEquals([...data.subarray(3 * i, 3 * i + 3)], label === 255 ? [1, 2, 3] : [255, 255, 255]);
  }
});
