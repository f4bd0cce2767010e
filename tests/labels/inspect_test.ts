import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encode } from "fast-png";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { DiskDataset } from "../../lib/data/dataset.ts";
import type { Pair } from "../../lib/data/pairs.ts";
import { decodeImage, decodeLabels } from "../../lib/images/decode.ts";
import { IGNORE } from "../../lib/images/image.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { findingsOf, suspects } from "../../lib/labels/findings.ts";
import { inspect, isUsual, trusted } from "../../lib/labels/inspect.ts";
import { ade20k } from "../../lib/sets/ade20k.ts";
import { camvid } from "../../lib/sets/camvid.ts";
import { cityscapes } from "../../lib/sets/cityscapes.ts";
import {
  exampleOf,
  greyPng,
  labelMap,
  orientedPng,
  pattern,
  withFolder,
  writePair,
} from "../data/fixtures.ts";
import { writeTiff } from "../images/tiff_writer.ts";
import { resizedSmoothly, sceneClasses, sceneLabels, smeared, writeScenes } from "./mask_files.ts";

const sceneTable = new Map([...sceneClasses.keys(), 255].map((v) => [v, v === 255 ? IGNORE : v]));
const sourceOf = (pairs: readonly Pair[]) => ({
  name: "scenes",
  classes: sceneClasses,
  palette: sceneClasses.map((_, i) => [i, 0, 99] as const),
  pairs,
  tableFor: () => sceneTable,
});

/** What is found after one thing was done to the second of six scenes' files, without the notes. */
async function foundAfter(damage: (pair: Pair) => Promise<void>): Promise<string> {
  let text = "";
  await withFolder(async (dir) => {
    const pairs = await writeScenes(dir, 6);
    await damage(pairs[1]!);
    const inspection = await inspect(sourceOf(pairs));
    const found = findingsOf(inspection).filter(({ severity }) => severity !== "note");
    assertEquals(suspects(inspection, 10)[0]?.pair, pairs[1]);
    assertEquals(found.map(({ lines }) => lines.length), [1]);
    text = `${found[0]!.severity}: ${found[0]!.title}\n${found[0]!.lines[0]}`;
  });
  return text;
}

Deno.test("inspect() counts values by file, classes, ignored pixels and those outside", () =>
  withFolder(async (dir) => {
    await writePair(dir, "a", pattern(4, 1), greyPng(labelMap(4, 1, (x) => [0, 1, 9, 9][x]!)));
    await writePair(dir, "b", pattern(4, 1), greyPng(labelMap(4, 1, () => 255)));
    const pairs = ["a", "b"].map((name) => ({
      name,
      image: join(dir, "images", `${name}.png`),
      labels: join(dir, "masks", `${name}.png`),
    }));
    const table = new Map([[0, 0], [1, 1], [255, IGNORE]]);
    const source = { ...sourceOf(pairs), classes: ["x", "y"], tableFor: () => new Map(table) };
    let heard = 0;
    const found = await inspect(source, (done) => heard = done);
    assertEquals([heard, found.pixels, found.ignored, found.outside], [2, 8, 4, 2]);
    assertEquals(found.classes, [{ files: 1, pixels: 1 }, { files: 1, pixels: 1 }]);
    assertEquals(found.histograms.length, 1, "tables that say the same are one");
    assertEquals([...found.histograms[0]!.values], [
      [0, { files: 1, pixels: 1 }],
      [1, { files: 1, pixels: 1 }],
      [9, { files: 1, pixels: 2 }],
      [255, { files: 1, pixels: 4 }],
    ]);
    const texts = found.verdicts.map(({ problems }) => problems.map(({ text }) => text).join());
    assertEquals(texts, ["value 9 in 2 pixels", "every pixel is ignored"]);
  }));

Deno.test("inspect() finds nothing when scenes are as they were drawn", () =>
  withFolder(async (dir) => {
    const inspection = await inspect(sourceOf(await writeScenes(dir, 12)));
    assertEquals(findingsOf(inspection).filter(({ severity }) => severity !== "note"), []);
  }));

Deno.test("inspect() names the mask when it is of another size than its image", async () => {
  const text = await foundAfter(async ({ labels }) => {
    await writeFile(labels, greyPng(await sceneLabels(60)));
  });
  assertStringIncludes(text, "error: masks of another size");
  assertStringIncludes(text, "01.png: the mask has 60×60 pixels, its image ");
});

Deno.test("inspect() applies the image's EXIF orientation as decodeImage() does", () =>
  withFolder(async (dir) => {
    const { image } = exampleOf(labelMap(6, 4, () => 0));
    const raw = { width: 6, height: 4, channels: 3 } as const;
    const file = join(dir, "turned.jpg");
    await writeFile(
      file,
      await sharp(image.data, { raw }).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    );
    const problems = async (width: number, height: number) => {
      const labels = join(dir, "mask.png");
      await writeFile(labels, greyPng(labelMap(width, height, (x) => x % 2)));
      const { verdicts } = await inspect(sourceOf([{ name: "turned", image: file, labels }]));
      return verdicts.flatMap(({ problems }) => problems.map(({ text }) => text)).join();
    };
    assertEquals(await problems(4, 6), "");
    assertStringIncludes(await problems(6, 4), "EXIF turns the image, and the mask was drawn");
  }));

Deno.test("inspect() names the mask when EXIF turns its image alone, unless it is told what to do", () =>
  withFolder(async (dir) => {
    const pairs = await writeScenes(dir, 3);
    const { image, labels } = pairs[1]!;
    const photo = await decodeImage(image);
    await writeFile(image, orientedPng(photo, 3));
    const found = async (reading: Reading) => {
      const findings = findingsOf(await inspect({ ...sourceOf(pairs), reading }));
      return findings.filter(({ severity }) => severity !== "note");
    };
    const [finding, ...others] = await found({});
    assertEquals([finding!.severity, others], ["error", []]);
    assertEquals(finding!.lines.map((line) => line.split(":")[0]), [labels]);
    assertStringIncludes(finding!.lines[0]!, "orientation 3 in the image, none in the mask");
    assertEquals([await found({ exif: "apply" }), await found({ exif: "ignore" })], [[], []]);
    await writeFile(labels, orientedPng(await sceneLabels(), 3));
    assertEquals(await found({}), []);
  }));

for (const [most, bits] of [[12, 8], [1, 8], [2 ** 14 - 1, 16], [2 ** 12 - 1, 16]] as const) {
  Deno.test(`inspect() warns of an image when its values end at ${most} of ${bits} bits`, async () => {
    const samples = Array.from({ length: 64 * 64 }, (_, i) => Math.round(i * most / 4095));
    const size = { width: 64, height: 64, bits, format: 1, colours: 1 } as const;
    const text = await foundAfter(({ image }) => writeFile(image, writeTiff({ ...size, samples })));
    assertStringIncludes(text, "warning: images whose values fill a small part of the range");
    assertStringIncludes(text, `its values are 0 to ${bits === 16 ? most >> 8 : most} of 0 to 255`);
  });
}

Deno.test("inspect() names value and pixels when a mask is outside of the classes", async () => {
  const text = await foundAfter(async ({ labels }) => {
    const map = await sceneLabels();
    await writeFile(labels, greyPng({ ...map, data: map.data.map((v, i) => i < 70 ? 77 : v) }));
  });
  assertStringIncludes(text, "error: masks with values outside");
  assertStringIncludes(text, "01.png: value 77 in 70 pixels");
});

Deno.test("inspect() names the mask when it is 0 and 255 in a set of classes", async () => {
  const binary = labelMap(64, 64, (x, y) => x + y < 50 ? 255 : 0);
  const text = await foundAfter(({ labels }) => writeFile(labels, greyPng(binary)));
  assertStringIncludes(text, "warning: binary masks");
});

Deno.test("inspect() names the mask when every pixel of it is ignored", async () => {
  const ignored = labelMap(64, 64, () => 255);
  const text = await foundAfter(({ labels }) => writeFile(labels, greyPng(ignored)));
  assertStringIncludes(text, "warning: masks that are ignored in every pixel");
});

Deno.test("inspect() names the mask when JPEG smeared it, also in the range of the classes", async () => {
  const map = await smeared(await sceneLabels());
  const data = map.data.map((value) => Math.min(value, sceneClasses.length - 1));
  const text = await foundAfter(({ labels }) => writeFile(labels, greyPng({ ...map, data })));
  assertStringIncludes(text, "warning: masks that are smeared, as by JPEG compression");
});

Deno.test("inspect() names the mask when it was resized smoothly", async () => {
  const map = await resizedSmoothly(await sceneLabels(32));
  const text = await foundAfter(({ labels }) => writeFile(labels, greyPng(map)));
  assertStringIncludes(text, "warning: masks that were resized smoothly");
});

Deno.test("inspect() says what to do when a mask has alpha, is a JPEG or is cut off", async () => {
  const data = new Uint8Array(64 * 64 * 4).fill(3);
  const clear = encode({ width: 64, height: 64, channels: 4, data });
  const alpha = await foundAfter(({ labels }) => writeFile(labels, clear));
  assertStringIncludes(alpha, "save the mask without an alpha channel");
  const jpeg = await sharp(pattern(64, 64).data, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg().toBuffer();
  const renamed = await foundAfter(({ labels }) => writeFile(labels, jpeg));
  assertStringIncludes(renamed, "got a JPEG: its compression smears labels");
  const cut = await foundAfter(async ({ labels }) => {
    await writeFile(labels, (await readFile(labels)).subarray(0, 200));
  });
  assertStringIncludes(cut, "error: masks or images that cannot be used");
  const image = await foundAfter(({ image }) => writeFile(image, "no picture"));
  assertStringIncludes(image, "images/01.png: needs an image, got ");
});

Deno.test("inspect() names the image when its header is whole and the rest is cut off", async () => {
  const text = await foundAfter(async ({ image }) => {
    const bytes = await readFile(image);
    await writeFile(image, bytes.subarray(0, bytes.length / 2));
  });
  assertStringIncludes(text, "error: masks or images that cannot be used");
  assertStringIncludes(text, "images/01.png: needs a readable image");
});

Deno.test("inspect() counts the values of masks that look smeared apart from the sound ones", () =>
  withFolder(async (dir) => {
    const pairs = await writeScenes(dir, 4);
    await writeFile(pairs[2]!.labels, greyPng(await smeared(await sceneLabels())));
    const { histograms: [histogram] } = await inspect(sourceOf(pairs));
    const { files, values, sound } = histogram!;
    assertEquals([files, sound.files], [4, 3]);
    const odd = [...values.keys()].filter((value) => !sceneTable.has(value));
    assert(odd.length > 0, "JPEG invents values");
    assertEquals(odd.filter((value) => sound.values.has(value)), []);
    assertEquals(trusted(histogram!), sound);
  }));

Deno.test("isUsual() tells a value of the masks from stray pixels in one of them", () => {
  const values = new Map([
    [0, { files: 9, pixels: 8000 }],
    [1, { files: 5, pixels: 800 }],
    [2, { files: 1, pixels: 199 }],
    [3, { files: 2, pixels: 1 }],
  ]);
  const usual = (files: number) =>
    [0, 1, 2, 3, 4].filter((key) => isUsual({ files, values, further: 0 }, key));
  assertEquals(usual(9), [0, 1]);
  assertEquals(usual(2), [0, 1, 2, 3], "two masks prove nothing");
});

const shared = new URL("../../../shared/data/", import.meta.url).pathname;
const published: readonly (readonly [string, (root: string) => Promise<DiskDataset>])[] = [
  ["camvid", (root) => camvid(root, "val")],
  ["ADEChallengeData2016", (root) => ade20k(root, "val")],
  ["cityscapes", (root) => cityscapes(root, "train")],
];

for (const [name, open] of published) {
  const root = join(shared, name);
  Deno.test({
    name: `inspect() gives no false alarm when it reads ${name}`,
    ignore: !existsSync(root),
    fn: async () => {
      const inspection = await inspect((await open(root)).source);
      assertEquals(findingsOf(inspection).filter(({ severity }) => severity !== "note"), []);
    },
  });
}

Deno.test({
  name: "findingsOf() says so when masks of ADE20K were reduced before, once or twice",
  ignore: !existsSync(join(shared, "ADEChallengeData2016")),
  fn: () =>
    withFolder(async (dir) => {
      const { source } = await ade20k(join(shared, "ADEChallengeData2016"), "val");
      const reduce = (value: number) => value === 0 || value === 255 ? 255 : value - 1;
      for (const times of [1, 2]) {
        const pairs = await Promise.all(source.pairs.map(async (pair) => {
          const { data, ...raw } = await decodeLabels(pair.labels);
          for (let i = 0; i < times; i++) data.forEach((value, at) => data[at] = reduce(value));
          const labels = join(dir, `${pair.name}.png`);
          await writeFile(labels, encode({ ...raw, data, depth: 8 }));
          return { ...pair, labels };
        }));
        const titles = findingsOf(await inspect({ ...source, pairs })).map(({ title }) => title);
        assertStringIncludes(titles[0]!, "the masks were reduced before");
      }
    }),
});
