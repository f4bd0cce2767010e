import { assertEquals } from "@std/assert";
import { thinned } from "../../lib/analysis/thinned.ts";

Deno.test("thinned() keeps every other pixel of a picture that is too long", () => {
  const [width, height] = [1001, 3];
  const size = { width, height };
  const index = Float32Array.from({ length: width * height }, (_, i) => i);
  const image = { ...size, data: new Uint8Array(3 * index.length).map((_, i) => i % 251) };
  const labels = { ...size, data: new Uint8Array(index.length).map((_, i) => i % 7) };
  const small = thinned({ image, labels, entropy: index, margin: index });
  assertEquals([small.image.width, small.image.height], [501, 2]);
  assertEquals([small.entropy[1], small.entropy[501]], [2, 2 * width]);
  assertEquals([...small.image.data.slice(3, 6)], [6, 7, 8]); // pixel 2
  assertEquals(small.labels.data[501], 2 * width % 7);
});

Deno.test("thinned() leaves pictures that fit as they are", () => {
  const size = { width: 2, height: 1 };
  const maps = {
    image: { ...size, data: new Uint8Array(6) },
    labels: { ...size, data: new Uint8Array(2) },
    entropy: new Float32Array(2),
    margin: new Float32Array(2),
  };
  assertEquals(thinned(maps), maps);
});
