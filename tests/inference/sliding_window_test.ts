import { assertEquals } from "@std/assert";
import { anchors, enlargedSize } from "../../lib/inference/views.ts";
import { golden, goldenTest } from "../golden.ts";

const file = await golden("inference");
const { window_size: window, window_stride: stride } = file.config;

goldenTest("anchors() and enlargedSize() are the official ones for all passes", file, () => {
  const [rows, columns] = enlargedSize(file.config.image, window)
    .map((side) => anchors(side, window, stride));
  const corners = rows!.flatMap((y) => columns!.map((x) => [y, x]));
  assertEquals(corners.flat(), [...file.numbers("out/ss/anchors")]);
  const info = file.numbers("out/ms/pass_info");
  for (let i = 0; i < info.length; i += 6) {
    const [, h, w, height, width, windows] = info.subarray(i, i + 6);
    const size = enlargedSize([h!, w!], window);
    assertEquals(size, [height!, width!]);
    const [rows, columns] = size.map((side) => anchors(side, window, stride).length);
    assertEquals(rows! * columns!, windows);
  }
});

Deno.test("enlargedSize() keeps an image when only its long side exceeds the window", () => {
  assertEquals(enlargedSize([64, 500], 64), [64, 500]);
  assertEquals(enlargedSize([30, 100], 64), [64, 213]); // 213.3 truncated, as int() does
  assertEquals(enlargedSize([100, 30], 64), [213, 64]);
  assertEquals(enlargedSize([10, 10], 64), [64, 64]);
});
