import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Protocol, windowProtocol } from "../../lib/families/protocol.ts";
import { scaleDoubt } from "../../lib/segment/scale_doubt.ts";

const own = windowProtocol({ base: null, window: 240, stride: 240 });
const sized = windowProtocol({ base: null, resize: 480, window: 240, stride: 240 });
const photo = (width: number, height: number) => ({ width, height, data: new Uint8Array() });

Deno.test("scaleDoubt() speaks of photos of which a window shows a small part", () => {
  assertEquals(scaleDoubt(own, photo(480, 360)), null);
  assertEquals(scaleDoubt(own, photo(1440, 1000)), null);
  assertStringIncludes(
    scaleDoubt(own, photo(3000, 4000))!,
    "each window of 240 pixels shows a small part of 3000×4000",
  );
  const box = windowProtocol({ base: { long: 2048, short: 512 }, window: 512, stride: 480 });
  assertEquals(scaleDoubt(box, photo(4000, 3000)), null);
});

Deno.test("scaleDoubt() takes any photo at its working size, but for one that is enlarged much", () => {
  assertEquals(scaleDoubt(sized, photo(4000, 3000)), null);
  assertEquals(scaleDoubt(sized, photo(120, 90)), null);
  assertStringIncludes(scaleDoubt(sized, photo(96, 72))!, "96×72 pixels are enlarged 5.0 times");
});

Deno.test("scaleDoubt() looks at scale 1 of several, and at networks that see images whole", () => {
  const scales: Protocol = { ...own, ratios: [0.1, 10], flip: true };
  assertEquals(scaleDoubt(scales, photo(480, 360)), null);
  const whole: Protocol = { ...own, windows: null };
  assertEquals(scaleDoubt(whole, photo(4000, 3000)), null);
});
