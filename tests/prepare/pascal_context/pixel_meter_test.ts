import { assertThrows } from "@std/assert";
import { PixelMeter } from "../../../lib/prepare/pascal_context/pixel_meter.ts";

Deno.test("PixelMeter takes 32 pixels a byte and 16 million more, of all images together", () => {
  const meter = new PixelMeter("x.json", 1000);
  meter.add(2 ** 24);
  meter.add(32_000);
  assertThrows(
    () => meter.add(1),
    RangeError,
    "Cannot convert x.json: it needs images and regions of at most 32 pixels for each of its bytes",
  );
});
