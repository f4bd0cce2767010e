import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { classFrequencies } from "../../lib/report/class_frequencies.ts";
import { ade20kClasses } from "../../lib/sets/ade20k.ts";

Deno.test("classFrequencies() draws the most frequent class on top and says which never occur", () => {
  const colour = [1, 2, 3] as const;
  const { svg } = classFrequencies([
    { name: "pole", colour, share: 0.001 },
    { name: "sky", colour, share: 0.999 },
    { name: "boat", colour, share: 0 },
  ]);
  const places = [">sky<", ">pole<", ">boat<"].map((text) => svg.indexOf(text));
  assertEquals(places, places.toSorted((a, b) => a - b));
  assert(places[0]! > 0);
  for (const text of [">99.9<", ">0.1<", ">never occurs<"]) assertStringIncludes(svg, text);
  assert(!/NaN|undefined|Infinity/.test(svg));
});

Deno.test("classFrequencies() gives each of 150 classes a row of its own", () => {
  const { svg } = classFrequencies(
    ade20kClasses.map(([name, colour], i) => ({ name, colour, share: 0.5 ** (i + 1) })),
  );
  const bars = [...svg.matchAll(/<rect x="[^>]* y="([\d.]+)" height="([\d.]+)"/g)]
    .map(([, y, height]) => [Number(y), Number(height)] as const).sort(([a], [b]) => a - b);
  assertEquals(bars.length, 150);
  bars.slice(1).forEach(([y], i) => assert(y >= bars[i]![0] + 14, "rows are 14 pixels or more"));
});

Deno.test("classFrequencies() leaves out and counts what never occurs of many classes", () => {
  const { svg } = classFrequencies(
    ade20kClasses.map(([name, colour], i) => ({ name, colour, share: i < 3 ? 1 / 3 : 0 })),
  );
  assertStringIncludes(svg, ">147 of 150 classes never occur<");
  assertEquals(svg.match(/<rect x=/g)?.length, 3);
  assertEquals(svg.match(/share of the pixels that count/g)?.length, 1, "one scale for few rows");
  assert(Number(svg.match(/ height="(\d+)"/)![1]) < 200);
});

Deno.test("classFrequencies() refuses no class", () => {
  assertThrows(() => classFrequencies([]), RangeError, "at least one class, got none");
});
