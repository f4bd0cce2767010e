import { assertEquals } from "@std/assert";
import { byteSize } from "../lib/byte_size.ts";

Deno.test("byteSize() has three digits and the unit that fits", () => {
  const sizes = [0, 1, 999, 1000, 6940, 15_123_456, 1.3e9, 5e15];
  const texts = ["0 bytes", "1 bytes", "999 bytes", "1 kB", "6.94 kB", "15.1 MB", "1.3 GB"];
  assertEquals(sizes.map(byteSize), [...texts, "5000 TB"]);
});
