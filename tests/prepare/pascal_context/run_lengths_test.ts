import { assertEquals, assertThrows } from "@std/assert";
import { paintRuns } from "../../../lib/prepare/pascal_context/run_lengths.ts";
import { runLengths } from "../archives.ts";
import { assertSame } from "../../same.ts";

function decode(counts: string, height: number, width: number, value = 1): number[] {
  const labels = new Uint8Array(height * width);
  paintRuns(labels, { size: [height, width], counts }, value, "m");
  return [...labels];
}

Deno.test("paintRuns() reads run lengths as others write them", () => {
  // Texts from the tests of facebookresearch/segment-anything-2's demo, which agree with pycocotools.
  const known: readonly (readonly [number[], string])[] = [
    [[0, 6, 1, 3], "061M"],
    [[0, 6, 1, 1], "061K"],
    [[0, 6, 1, 6], "0610"],
    [[0, 1, 1, 2, 1, 3, 1, 4, 1], "011101010"],
    [[0, 1024], "0PP1"],
  ];
  for (const [lengths, text] of known) {
    assertEquals(runLengths(lengths), text);
    const pixels = lengths.flatMap((length, i) => Array(length).fill(i % 2));
    assertSame(decode(text, pixels.length, 1), pixels);
  }
});

Deno.test("paintRuns() goes down the columns and leaves other pixels alone", () => {
  const labels = Uint8Array.of(9, 9, 9, 9, 9, 9);
  paintRuns(labels, { size: [2, 3], counts: runLengths([1, 3, 2]) }, 5, "m");
  assertEquals([...labels], [9, 5, 9, 5, 5, 9]);
  assertEquals(decode(runLengths([6]), 2, 3), [0, 0, 0, 0, 0, 0]);
  assertEquals(decode(runLengths([0, 6]), 2, 3, 7), [7, 7, 7, 7, 7, 7]);
});

Deno.test("paintRuns() takes long runs, and shorter ones after them", () => {
  const lengths = [100_000, 3, 90_000, 70_000, 1, 500, 39_496];
  const pixels = decode(runLengths(lengths), 500, 600);
  assertEquals(pixels.reduce((sum, value) => sum + value), 3 + 70_000 + 500);
});

Deno.test("paintRuns() refuses runs that do not fill the mask and text that is none", () => {
  const cases = {
    [runLengths([1, 3, 1])]: "it needs runs that fill 3×2 pixels, got 5 pixels",
    [runLengths([1, 3, 3])]: "it needs runs that fill 3×2 pixels, got one of 3",
    [runLengths([1, 1, 1, -1, 4])]: "got one of -1",
    "": "got 0 pixels",
    "0 ": "it needs run lengths in COCO's text form, got  ",
    "0P": "it needs run lengths in COCO's text form, got P",
    "ooooooooo": "it needs run lengths in COCO's text form, got ooooooo",
  };
  for (const [counts, says] of Object.entries(cases)) {
    assertThrows(() => decode(counts, 2, 3), SyntaxError, "Cannot decode m: it needs run");
    assertThrows(() => decode(counts, 2, 3), SyntaxError, says);
  }
});
