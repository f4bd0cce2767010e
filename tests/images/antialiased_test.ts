import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { resizeAntialiased } from "../../lib/images/antialiased.ts";
import { pattern } from "../data/fixtures.ts";

// Expected bytes: PIL 12.3, Image.resize((width, height), Image.BILINEAR) of the same pattern.

Deno.test("resizeAntialiased() gives PIL's bytes when it shrinks", () => {
  const { width, height, data } = resizeAntialiased(pattern(5, 4), 2, 3);
  assertEquals([width, height], [3, 2]);
  // deno-fmt-ignore
  assertEquals([...data], [
    12, 113, 214, 23, 124, 225, 34, 135, 215,
    33, 134, 235, 44, 145, 221, 55, 156, 84,
  ]);
});

Deno.test("resizeAntialiased() gives PIL's bytes when it enlarges", () => {
  const { data } = resizeAntialiased(pattern(3, 2), 3, 4);
  // deno-fmt-ignore
  assertEquals([...data], [
    0, 101, 202, 4, 105, 206, 10, 111, 212, 14, 115, 216,
    7, 108, 209, 11, 112, 213, 17, 118, 219, 21, 122, 223,
    13, 114, 215, 17, 118, 219, 23, 124, 225, 27, 128, 229,
  ]);
});

Deno.test("resizeAntialiased() gives PIL's bytes when a side shrinks and the other grows", () => {
  const { data } = resizeAntialiased(pattern(133, 97), 120, 64);
  const sha256 = "143136c868d6bc26740791350ec21cba7076187b3420db5a8305e51062c88ffa";
  assertEquals(createHash("sha256").update(data).digest("hex"), sha256);
});

Deno.test("resizeAntialiased() gives the same image when the size is its own", () => {
  const image = pattern(6, 5);
  assertEquals(resizeAntialiased(image, 5, 6), image);
});
