import { assert, assertEquals } from "@std/assert";
import { growth, memoryRow } from "../../experiments/bench/memory.ts";

const sampled = (mebibytes: (images: number) => number) =>
  Array.from({ length: 30 }, (_, i) => 10 * (i + 1)).map((images) => {
    return { images, mebibytes: mebibytes(images) };
  });

Deno.test("growth() is the slope of what comes after the first images", () => {
  assertEquals(growth(sampled((n) => n < 100 ? 10 * n : 400)), 0);
  const leaking = growth(sampled((n) => 200 + 0.5 * n + (n % 20 === 0 ? 3 : -3)));
  assert(Math.abs(leaking! - 50) < 2, `${leaking}`);
  assertEquals(growth(sampled((n) => n).slice(0, 9)), null);
});

Deno.test("memoryRow() leaves out what was not reached", () => {
  const row = memoryRow({ label: "windows", samples: sampled((n) => 100 + n / 10) });
  assertEquals([row["10 images"], row["200 images"], row["500 images"]], [101, 120, null]);
  assertEquals(row["MiB for 100 more images"], "10.0");
});
