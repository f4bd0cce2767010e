import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { type Resampling, resizeAntialiased } from "../../lib/images/antialiased.ts";
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

// SHA-256 of PIL 12.3's bytes of the pattern of 133×97, resized to 64×120 and to 200×31.
const references: Readonly<Record<Resampling, readonly [string, string]>> = {
  nearest: [
    "daee3ad67f776d180792353acd99f8878ea824f600db5018205d9ce024d35996",
    "a30c4c575b32b8c96e5c31834144e495f090303de83d56d274712c35b1364775",
  ],
  box: [
    "8b859a034fdb44c0df27e42a147463d4c2f5778c0d36ce74930c3f0d0b37ecc6",
    "137470b972ee41a972f579cd52c0e5ded0289d57eb8fc0dda01eedc4e120637b",
  ],
  bilinear: [
    "143136c868d6bc26740791350ec21cba7076187b3420db5a8305e51062c88ffa",
    "264a02d39af822a7f8ac61c12828da41691856307519235a31feb04d15daf02a",
  ],
  hamming: [
    "9e1ccd1a03ad35138109a749cd5384462bac7c0300547b0277b9284d99d26f65",
    "3e7a737ecaffb46f1b9611e63e2ed998fd675d3e2973133e97eb049741b79ab9",
  ],
  bicubic: [
    "a773cd470923954538e7b27947b943538a7f613887f24c134cb29310f317fa7f",
    "63bc41a3967d5d24ac42db68bb75f26b314bc8778303b5ba06c5ad7a5fc9b1ff",
  ],
  lanczos: [
    "5389d15a211bf9c40b70adbc3f59a24a9ebedd9d3a8f6bb59cfeae4811c0f8d0",
    "07d91b0b6ebb00862aa1950398f2cc550f2149aadee9f815e1aebecc53ea1880",
  ],
};

for (const [resampling, hashes] of Object.entries(references)) {
  Deno.test(`resizeAntialiased() gives PIL's bytes when the filter is ${resampling}`, () => {
    const resized = ([[120, 64], [31, 200]] as const).map(([height, width]) => {
      return resizeAntialiased(pattern(133, 97), height, width, resampling as Resampling).data;
    });
    const own = resized.map((data) => createHash("sha256").update(data).digest("hex"));
    assertEquals(own, [...hashes]);
  });
}
