import { assertEquals } from "@std/assert";
import {
  byteSize,
  counted,
  excerpt,
  firstOf,
  listed,
  oneLine,
  printable,
  share,
  shown,
} from "../lib/words.ts";

Deno.test("counted() has an s unless there is one", () => {
  assertEquals([0, 1, 2].map((count) => counted(count, "mask")), ["0 masks", "1 mask", "2 masks"]);
});

Deno.test("share() rounds neither to 0 nor to 100 what is less or more", () => {
  assertEquals(
    [0, 1, 50, 9_999, 99_994, 99_995, 100_000].map((part) => share(part, 100_000)),
    ["0 %", "< 0.01 %", "0.05 %", "10.0 %", "99 %", "99 %", "100 %"],
  );
});

Deno.test("firstOf() and listed() stop where a list is long", () => {
  const letters = [..."abcdefg"];
  assertEquals([firstOf(letters), firstOf(letters, 7)], [
    "a, b, c, d, e, …",
    "a, b, c, d, e, f, g",
  ]);
  assertEquals(listed(letters, (l) => `<${l}>`), "<a>, <b>, <c>, <d>, <e>, … (7 in all)");
  assertEquals(listed(["a", "b"], (l) => l), "a, b");
});

Deno.test("firstOf() and listed() show names in signs that a terminal can show", () => {
  assertEquals(firstOf(["a\x1b[2J", "b"]), String.raw`a\x1b[2J, b`);
  assertEquals(listed([1], () => "\n".repeat(999)).length, 601);
});

Deno.test("byteSize() has three digits and the unit that fits", () => {
  const sizes = [0, 1, 999, 1000, 6940, 15_123_456, 1.3e9, 5e15];
  const texts = ["0 bytes", "1 bytes", "999 bytes", "1 kB", "6.94 kB", "15.1 MB", "1.3 GB"];
  assertEquals(sizes.map(byteSize), [...texts, "5000 TB"]);
});

Deno.test("printable() shows what a terminal would obey, and keeps text of any language", () => {
  const name = "\x1b]0;pwned\x07\x1b[2J/x \x9b31m \u202egnp.exe \r\ud800";
  const safe = String.raw`\x1b]0;pwned\x07\x1b[2J/x \x9b31m \u202egnp.exe \x0d\ud800`;
  assertEquals(printable(name), safe);
  assertEquals(printable(safe), safe);
  const plain = "Straße\t日本 שלום 👩‍👧\n";
  assertEquals(printable(plain), plain);
  assertEquals(oneLine("a\nb\x1b"), String.raw`a\nb\x1b`);
});

Deno.test("excerpt() is one short line that a terminal can show", () => {
  assertEquals(excerpt("a\tb\n"), String.raw`a\tb\n`);
  assertEquals(excerpt("\x1b[2J" + "x".repeat(99), 8), String.raw`\x1b[2Jxxxx…`);
});

Deno.test("shown() is a value on one short line, of which no more than the first is looked at", () => {
  const values = [
    undefined,
    null,
    -0,
    3n,
    "it's",
    "a\nb",
    [],
    [1, [2], { a: 1 }, "x", 5, 6],
    new Uint8Array(3),
    { a: 1, b: [2], c: { d: 1 }, e: Math.max },
    new Map([[1, 2]]),
    new (class Net {
      layers = 3;
    })(),
    Object.create(null),
  ];
  assertEquals(values.map(shown), [
    "undefined",
    "null",
    "-0",
    "3n",
    `"it's"`,
    String.raw`'a\nb'`,
    "[]",
    "[ 1, [Array], [Object], 'x', ... 2 more items ]",
    "Uint8Array(3) [ 0, 0, 0 ]",
    "{ a: 1, b: [Array], c: [Object], e: [Function: max] }",
    "Map(1)",
    "Net { layers: 3 }",
    "{}",
  ]);
  assertEquals(shown("x".repeat(1e6)).length, 80);
});
