import { assertEquals, assertStringIncludes } from "@std/assert";
import { colourKey, type LabelTable } from "../../lib/data/label_table.ts";
import { IGNORE } from "../../lib/images/image.ts";
import type { Inspection } from "../../lib/labels/inspect.ts";
import { mistakesIn } from "../../lib/labels/mistakes.ts";
import { ade20kClasses } from "../../lib/sets/ade20k.ts";
import { LABEL_IDS } from "../../lib/sets/cityscapes.ts";
import { pascalVocClasses } from "../../lib/sets/pascal_voc.ts";

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** What is said of masks that hold these values, a hundred pixels each, under a table. */
function said(
  values: readonly number[],
  table: LabelTable | undefined,
  classes: number,
  channels: 1 | 3 = 1,
  odd: { stray?: number; smeared?: readonly number[] } = {},
): string[] {
  const { stray, smeared = [] } = odd;
  const count = { files: stray === undefined ? 1 : 4, pixels: 100 };
  const sound = {
    files: count.files,
    values: new Map(
      values.map((value) => [value, value === stray ? { files: 1, pixels: 3 } : count]),
    ),
    further: 0,
  };
  const meanings = values.map((value) => table?.get(value));
  const inspection: Inspection = {
    source: {
      name: "made",
      classes: range(0, classes - 1).map((i) => `c${i}`),
      palette: range(0, classes - 1).map((i) => [i, 0, 99]),
      pairs: [],
      tableFor: () => table!,
    },
    histograms: [{
      channels,
      table,
      files: sound.files + 1,
      values: new Map([...sound.values, ...smeared.map((value) => [value, count] as const)]),
      further: 0,
      sound,
    }],
    classes: range(0, classes - 1).map((i) =>
      meanings.includes(i) ? count : { files: 0, pixels: 0 }
    ),
    ignored: 100 * meanings.filter((meaning) => meaning === IGNORE).length,
    outside: 100 * meanings.filter((meaning) => meaning === undefined).length,
    pixels: 100 * values.length,
    verdicts: [],
  };
  return mistakesIn(inspection).map(({ severity, title }) => `${severity}: ${title}`);
}

const zeroBased = (count: number): LabelTable =>
  new Map([...range(0, count - 1).map((i) => [i, i] as const), [255, IGNORE]]);
const reduced = (count: number): LabelTable =>
  new Map([[0, IGNORE], ...range(1, count).map((i) => [i, i - 1] as const)]);

const mistakes: readonly [string, string[], string][] = [
  ["all masks are 0 and 255", said([0, 255], zeroBased(2), 2), "error: all masks are binary"],
  [
    "label ids stand for train ids",
    said([...range(7, 8), ...range(21, 26)], zeroBased(19), 19),
    "error: Cityscapes' label ids (0 to 33) where its train ids",
  ],
  [
    "train ids stand for label ids",
    said([...range(0, 18), 255], LABEL_IDS, 19),
    "error: Cityscapes' train ids (0 to 18 and 255) where its label ids",
  ],
  ["masks count from 1", said(range(1, 5), zeroBased(5), 5), "error: values 1 to 5 for 5 classes"],
  [
    "masks have one value more",
    said(range(0, 5), zeroBased(5), 5),
    "error: values 0 to 5, one more than the 5 classes",
  ],
  [
    "0 alone never occurs",
    said(range(1, 4), zeroBased(5), 5),
    "warning: 0, the value of c0, never",
  ],
  [
    "a reduce loses the first class and the last one is empty",
    said(range(0, 4), reduced(5), 5),
    "warning: 5, the value of the last class (c4), never occurs",
  ],
  [
    "masks were reduced before",
    said([...range(1, 4), 255], reduced(5), 5),
    "error: 255 and no 0",
  ],
  [
    "masks were reduced before, and the first class is now 0",
    said([...range(0, 4), 255], reduced(5), 5),
    "error: 255 beside 0, and 5, the value of the last class, nowhere, where 0 is to be ignored",
  ],
  [
    "masks were reduced twice before",
    said([...range(0, 3), 254, 255], reduced(5), 5),
    "error: 254 and 255 beside 0",
  ],
  [
    "every pixel is ignored",
    said([255], zeroBased(3), 3),
    "error: every pixel of every mask is ignored",
  ],
  [
    "VOC's palette was saved as RGB",
    said(pascalVocClasses.slice(0, 4).map(([, colour]) => colourKey(...colour)), undefined, 21, 3),
    "error: a palette saved as RGB: the colours are those of Pascal VOC's palette (background,",
  ],
  [
    "ADE20K's palette was saved as RGB",
    said(
      ade20kClasses.slice(0, 9).map(([, colour]) => colourKey(...colour)).sort(),
      new Map(),
      150,
      3,
    ),
    "error: a palette saved as RGB: the colours are those of ADE20K's palette",
  ],
  [
    "the data set's own palette was saved as RGB",
    said([colourKey(0, 0, 99), colourKey(2, 0, 99)], undefined, 3, 3),
    "those of the data set's own palette (c0, c2)",
  ],
  [
    "class numbers were saved as RGB",
    said([colourKey(0, 0, 0), colourKey(1, 1, 1), colourKey(2, 2, 2)], undefined, 3, 3),
    "error: class numbers saved as RGB, three equal channels (0, 1, 2)",
  ],
];

for (const [what, found, text] of mistakes) {
  Deno.test(`mistakesIn() says so when ${what}`, () => {
    assertEquals(found.length, 1, found.join("\n"));
    assertStringIncludes(found[0]!, text);
  });
}

Deno.test("mistakesIn() says nothing of one more class when its value is a few pixels of a mask", () => {
  assertEquals(said(range(0, 3), zeroBased(3), 3, 1, { stray: 3 }), []);
  assertEquals(said(range(0, 2), zeroBased(3), 3, 1, { smeared: [3] }), []);
});

Deno.test("mistakesIn() says nothing of the own palette when it is described and masks are smeared", () => {
  const own = range(0, 2).map((i) => colourKey(i, 0, 99));
  const table = new Map(own.map((key, index) => [key, index]));
  const smeared = range(1, 30).map((i) => colourKey(i, 3, 99));
  assertEquals(said(own, table, 3, 3, { smeared }), []);
  assertEquals(said([...own, smeared[0]!], table, 3, 3, { stray: smeared[0]! }), []);
});

Deno.test("mistakesIn() says nothing of reduced masks when 255 stands beside all classes", () => {
  assertEquals(said([...range(0, 5), 255], reduced(5), 5), []);
});

Deno.test("mistakesIn() says nothing when values fit their table", () => {
  assertEquals(said([...range(0, 4), 255], zeroBased(5), 5), []);
  assertEquals(said([0, 2, 3], zeroBased(5), 5), []);
  assertEquals(said(range(0, 5), reduced(5), 5), []);
  assertEquals(said([0, 1, 4], reduced(5), 5), [], "few of the classes prove nothing");
  assertEquals(said(range(0, 33), LABEL_IDS, 19), []);
  assertEquals(said([...range(0, 18), 255], zeroBased(19), 19), []);
  assertEquals(said([0, 255], new Map([[0, 0], [255, 1]]), 2), []);
  assertEquals(said([colourKey(0, 0, 99)], new Map([[colourKey(0, 0, 99), 0]]), 2, 3), []);
});
