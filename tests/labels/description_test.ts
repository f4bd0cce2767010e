import { assertEquals } from "@std/assert";
import { colourKey } from "../../lib/data/label_table.ts";
import { suggestDescription } from "../../lib/labels/description.ts";
import type { Values } from "../../lib/labels/inspect.ts";

const folders = { images: "images", labels: "masks" };
const none: Values = { files: 0, values: new Map(), further: 0 };

/** The classes suggested where sound masks and smeared ones hold these values, in four masks each. */
function suggested(sound: readonly number[], smeared: readonly number[], channels: 1 | 3) {
  const holding = (keys: readonly number[]): Values => ({
    files: 4,
    values: new Map(keys.map((key) => [key, { files: 4, pixels: 100 }])),
    further: 0,
  });
  const description = suggestDescription(
    {
      source: { name: "made", classes: [], palette: [], pairs: [] },
      histograms: [{
        channels,
        table: undefined,
        ...holding([...sound, ...smeared]),
        sound: sound.length > 0 ? holding(sound) : none,
      }],
      classes: [],
      ignored: 0,
      outside: 0,
      pixels: 1,
      verdicts: [],
    },
    "made",
    folders,
    folders,
  );
  return description?.["classes"];
}

Deno.test("suggestDescription() leaves out what smeared masks alone hold", () => {
  const colours = [colourKey(9, 8, 7), colourKey(40, 120, 50)];
  const odd = Array.from({ length: 30 }, (_, i) => colourKey(40, 120, 60 + i));
  assertEquals(suggested(colours, odd, 3), [
    { name: "class 0", colour: [9, 8, 7] },
    { name: "class 1", colour: [40, 120, 50] },
  ]);
});

Deno.test("suggestDescription() gives values other colours than black", () => {
  assertEquals(suggested([0, 1], [7], 1), [
    { name: "class 0", colour: [128, 0, 0] },
    { name: "class 1", colour: [0, 128, 0] },
  ]);
});

Deno.test("suggestDescription() suggests nothing when all masks are smeared, or of one value", () => {
  assertEquals(suggested([], [0, 1, 2], 1), undefined);
  assertEquals(suggested([3], [], 1), undefined);
});
