import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskDataset } from "../../lib/data/disk_dataset.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { remedyOf } from "../../lib/remedy.ts";
import { labelMap, orientedPng, pattern, withFolder } from "./fixtures.ts";

interface Case {
  readonly sides: readonly [width: number, height: number];
  readonly image: number;
  readonly mask: number;
  readonly reading?: Reading;
}

// Labels are the image's pixels in their order, so that an example shows where both have gone.
const labelsOf = (width: number, height: number) =>
  labelMap(width, height, (x, y) => x + width * y);

async function read(
  { sides: [width, height], image, mask, reading = {} }: Case,
  maskSides?: Case["sides"],
) {
  let example;
  await withFolder(async (dir) => {
    const pair = { name: "a", image: join(dir, "a.png"), labels: join(dir, "m.png") };
    const [maskWidth, maskHeight] = maskSides ?? [width, height];
    await writeFile(pair.image, orientedPng(pattern(width, height), image));
    await writeFile(pair.labels, orientedPng(labelsOf(maskWidth, maskHeight), mask));
    const tableFor = () => new Map(Array.from({ length: 64 }, (_, i) => [i, i]));
    const dataset = await diskDataset({
      name: "turned",
      classes: [],
      palette: [],
      pairs: [pair],
      tableFor,
      reading,
    });
    const { image: { data }, labels, ...rest } = await dataset.example(0);
    const first = pattern(width, height).data;
    // Which stored pixel each shown one is, by the image and by the labels.
    const stored = Array.from({ length: width * height }, (_, i) => {
      for (let j = 0; j < width * height; j++) {
        if ([0, 1, 2].every((c) => first[3 * j + c] === data[3 * i + c])) return j;
      }
      return -1;
    });
    example = { ...rest, stored, labels: [...labels.data], width: labels.width };
  });
  return example! as { stored: number[]; labels: number[]; width: number };
}

// Where EXIF puts the pixels 0 1 2 / 3 4 5 (TIFF 6.0's Orientation; Pillow's ImageOps.exif_transpose).
const shown: Readonly<Record<number, readonly number[]>> = {
  1: [0, 1, 2, 3, 4, 5],
  2: [2, 1, 0, 5, 4, 3],
  3: [5, 4, 3, 2, 1, 0],
  4: [3, 4, 5, 0, 1, 2],
  5: [0, 3, 1, 4, 2, 5],
  6: [3, 0, 4, 1, 5, 2],
  7: [5, 2, 4, 1, 3, 0],
  8: [2, 5, 1, 4, 0, 3],
};

for (const [text, pixels] of Object.entries(shown)) {
  const orientation = Number(text);
  Deno.test(`example() turns image and mask alike when both have orientation ${text}`, async () => {
    const { stored, labels } = await read({ sides: [3, 2], image: orientation, mask: orientation });
    assertEquals(stored, pixels);
    assertEquals(labels, pixels);
  });
}

for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
  const sides = orientation < 5 ? [3, 2] as const : [3, 3] as const;
  const doubtful = { sides, image: orientation, mask: 1 };

  Deno.test(`example() refuses a mask without the image's orientation ${orientation}`, async () => {
    const error = await assertRejects(() => read(doubtful), RangeError);
    assertStringIncludes(
      error.message,
      `orientation ${orientation} in the image, none in the mask`,
    );
    assertEquals(remedyOf(error), { kind: "exif" });
  });

  Deno.test(`example() does as it is told with orientation ${orientation}`, async () => {
    const stored = Array.from({ length: sides[0] * sides[1] }, (_, i) => i);
    const ignored = await read({ ...doubtful, reading: { exif: "ignore" } });
    assertEquals([ignored.stored, ignored.labels], [stored, stored]);
    const applied = await read({ ...doubtful, reading: { exif: "apply" } });
    assertEquals(applied.labels, stored);
    if (orientation < 5) assertEquals(applied.stored, shown[orientation]);
  });
}

Deno.test("example() goes by the sizes when they fit in one way alone", async () => {
  const turned = { sides: [3, 2], image: 6, mask: 1 } as const;
  const { stored, labels, width } = await read(turned, [2, 3]);
  assertEquals([stored, labels, width], [shown[6], [0, 1, 2, 3, 4, 5], 2]);
  const error = await assertRejects(() => read(turned), RangeError);
  assertStringIncludes(error.message, "the mask was drawn on it unturned");
  const ignored = await read({ ...turned, reading: { exif: "ignore" } });
  assertEquals(ignored.stored, shown[1]);
});

Deno.test("example() refuses a mask that is turned in another way than its image", async () => {
  const mask = () => read({ sides: [3, 2], image: 1, mask: 3 });
  assertStringIncludes((await assertRejects(mask, RangeError)).message, "and not the image (none");
  const both = () => read({ sides: [3, 2], image: 2, mask: 3 });
  assertStringIncludes(
    (await assertRejects(both, RangeError)).message,
    "in two ways (orientation 2",
  );
});

Deno.test("example() says both sizes when they fit in no way", async () => {
  const wrong = () => read({ sides: [3, 2], image: 6, mask: 1 }, [5, 5]);
  await assertRejects(wrong, RangeError, "needs a mask of the image's 2×3 pixels, got 5×5");
});
