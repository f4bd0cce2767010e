import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encode } from "fast-png";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folder } from "../../lib/data/folder.ts";
import { encodeLabels } from "../../lib/images/encode.ts";
import { greyPng, labelMap, pattern, withFolder, writePair } from "./fixtures.ts";

const place = { images: "images", labels: "masks" };
const description = {
  name: "toy",
  classes: [{ name: "ground", colour: [1, 2, 3] }, { name: "roof", colour: [200, 0, 9] }],
  train: place,
  val: place,
};

async function describe(dir: string, json: unknown = description): Promise<string> {
  const path = join(dir, "toy.json");
  await writeFile(path, typeof json === "string" ? json : JSON.stringify(json));
  return path;
}

Deno.test("folder() reads values in class order and ignores 255 by default", () =>
  withFolder(async (dir) => {
    const labels = labelMap(4, 3, (x, y) => x === 3 ? 255 : (x + y) % 2);
    await writePair(dir, "b", pattern(4, 3), greyPng(labels));
    await writePair(dir, "a", pattern(4, 3), await encodeLabels(labels, [[0, 0, 0], [0, 0, 0]]));
    const data = await folder(await describe(dir), "train");
    assertEquals([data.name, data.length], ["toy/train", 2]);
    assertEquals([data.classes, data.palette], [["ground", "roof"], [[1, 2, 3], [200, 0, 9]]]);
    assertEquals(await data.example(0), { name: "a", image: pattern(4, 3), labels });
    assertEquals((await data.example(1)).labels, labels);
  }));

Deno.test("folder() reads given values and an ignored value when the JSON has them", () =>
  withFolder(async (dir) => {
    const [ground, roof] = description.classes;
    const classes = [{ ...ground, value: 10 }, { ...roof, value: 20 }];
    await writePair(dir, "a", pattern(3, 1), greyPng(labelMap(3, 1, (x) => [20, 0, 10][x]!)));
    const data = await folder(await describe(dir, { ...description, classes, ignore: 0 }), "val");
    assertEquals((await data.example(0)).labels.data, Uint8Array.of(1, 255, 0));
  }));

Deno.test("folder() reads an RGB mask by the colours and an ignored colour", () =>
  withFolder(async (dir) => {
    const data = Uint8Array.of(200, 0, 9, 5, 5, 5, 1, 2, 3);
    await writePair(dir, "a", pattern(3, 1), encode({ width: 3, height: 1, data, channels: 3 }));
    const set = await folder(await describe(dir, { ...description, ignore: [5, 5, 5] }), "train");
    assertEquals((await set.example(0)).labels.data, Uint8Array.of(1, 255, 0));
  }));

Deno.test("folder() says file, value and pixels when a mask holds another value", () =>
  withFolder(async (dir) => {
    await writePair(dir, "a", pattern(4, 1), greyPng(labelMap(4, 1, (x) => x)));
    const data = await folder(await describe(dir), "train");
    const error = await assertRejects(() => data.example(0), RangeError, join("masks", "a.png"));
    assertStringIncludes(error.message, "value 2 in 1 pixel, value 3 in 1 pixel");
  }));

Deno.test("folder() says both sizes when a mask is not of its image's size", () =>
  withFolder(async (dir) => {
    await writePair(dir, "a", pattern(4, 2), greyPng(labelMap(2, 4, () => 0)));
    const data = await folder(await describe(dir), "train");
    await assertRejects(() => data.example(0), RangeError, "4×2 pixels, got 2×4");
  }));

Deno.test("folder() counts the images without mask and the masks without image", () =>
  withFolder(async (dir) => {
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) {
      await writePair(dir, name, pattern(2, 1), greyPng(labelMap(2, 1, () => 0)));
    }
    const path = await describe(dir);
    for (const name of ["a", "b", "c", "d", "e", "f"]) await rm(join(dir, "masks", `${name}.png`));
    const error = await assertRejects(() => folder(path, "train"), RangeError, "6 without mask");
    assertStringIncludes(error.message, "(a, b, c, d, e, …)");
    await rm(join(dir, "images"), { recursive: true });
    await writePair(dir, "a", pattern(2, 1), greyPng(labelMap(2, 1, () => 0)));
    await assertRejects(() => folder(path, "train"), RangeError, "got 1 without image (g)");
  }));

Deno.test("folder() refuses an index when there is no such example", () =>
  withFolder(async (dir) => {
    await writePair(dir, "a", pattern(2, 1), greyPng(labelMap(2, 1, () => 0)));
    const data = await folder(await describe(dir), "train");
    await assertRejects(() => data.example(1), RangeError, "from 0 to 0, got 1");
  }));

const [ground, roof] = description.classes;
const refused: readonly [string, unknown, string][] = [
  ["is not JSON", "{", "data/README.md, got "],
  ["lacks a split", { ...description, val: undefined }, "at val: "],
  ["has an unknown key", { ...description, labels: 3 }, `"labels"`],
  ["has a colour above 255", {
    ...description,
    classes: [ground, { name: "roof", colour: [0, 0, 256] }],
  }, "at classes[1].colour[2]: "],
  ["has an ignored label of another kind", { ...description, ignore: "void" }, "at ignore: needs"],
  [
    "repeats a name",
    { ...description, classes: [ground, { ...roof, name: "ground" }] },
    `"ground"`,
  ],
  ["repeats a colour", {
    ...description,
    classes: [ground, { ...roof, colour: [1, 2, 3] }],
  }, "the colour 1,2,3 twice"],
  [
    "repeats a value",
    { ...description, classes: [{ ...ground, value: 1 }, roof] },
    "value 1 twice",
  ],
  ["ignores a class's value", { ...description, ignore: 1 }, "the value 1 twice"],
];

for (const [what, json, message] of refused) {
  Deno.test(`folder() refuses a description when it ${what}`, () =>
    withFolder(async (dir) => {
      const path = await describe(dir, json);
      const error = await assertRejects(() => folder(path, "train"), Error, message);
      assertStringIncludes(error.message, path);
    }));
}

Deno.test("folder() says spell it colour, and nothing else, when a description has color", () =>
  withFolder(async (dir) => {
    const classes = description.classes.map(({ name, colour }) => ({ name, color: colour }));
    const path = await describe(dir, { ...description, classes });
    const { message } = await assertRejects(() => folder(path, "train"), RangeError);
    assertStringIncludes(message, 'got at classes[0]: "color"; write "colour"');
    assert(!message.includes("undefined") && !message.includes("classes[1]"), message);
  }));

Deno.test("folder() takes plain names, whose colours are Pascal VOC's, and needs colours of RGB masks", () =>
  withFolder(async (dir) => {
    const classes = ["background", "roof", { name: "tree", colour: [0, 128, 0] }, "road"];
    const path = await describe(dir, { ...description, classes });
    await writePair(dir, "a", pattern(2, 1), greyPng(labelMap(2, 1, (x) => x)));
    const set = await folder(path, "train");
    assertEquals(set.classes, ["background", "roof", "tree", "road"]);
    const palette = [[0, 0, 0], [128, 128, 0], [0, 128, 0], [0, 0, 128]];
    assertEquals(set.palette.map((colour) => [...colour]), palette);
    const plain = await describe(dir, { ...description, classes: ["ground", "roof"] });
    const data = Uint8Array.of(0, 0, 9, 5, 5, 5);
    await writePair(dir, "a", pattern(2, 1), encode({ width: 2, height: 1, data, channels: 3 }));
    await assertRejects(
      async () => await (await folder(plain, "train")).example(0),
      RangeError,
      "needs the colour of each class",
    );
  }));

Deno.test("folder() says the same of many classes once", () =>
  withFolder(async (dir) => {
    const path = await describe(dir, { ...description, classes: [1, 2, 3, 4, 5] });
    const { message } = await assertRejects(() => folder(path, "train"), RangeError);
    assertStringIncludes(message, "at classes[0]: needs a name");
    assertStringIncludes(message, "(and 4 more like it)");
  }));

Deno.test("folder() holds out a share of the images, or some by name", () =>
  withFolder(async (dir) => {
    for (const name of ["a", "b", "c", "d", "e"]) {
      await writePair(dir, name, pattern(2, 1), greyPng(labelMap(2, 1, (x) => x)));
    }
    const names = async (val: unknown, split: "train" | "val") => {
      const set = await folder(await describe(dir, { ...description, val }), split);
      return set.source.pairs.map(({ name }) => name).join("");
    };
    const [train, val] = [await names(0.2, "train"), await names(0.2, "val")];
    assertEquals([train.length, val.length, [...train + val].sort().join("")], [4, 1, "abcde"]);
    assertEquals([await names(["b", "d"], "train"), await names(["b", "d"], "val")], ["ace", "bd"]);
    await assertRejects(() => names(["x"], "val"), RangeError, "1 of no image (x)");
    for (const wrong of [undefined, 3, []]) {
      await assertRejects(() => names(wrong, "val"), RangeError, "at val: needs a share of the");
    }
    await assertRejects(() => names({ images: "a" }, "val"), RangeError, "at val: needs { ");
  }));

Deno.test("folder() finds folders whose letters the disk spells by other bytes", () =>
  withFolder(async (dir) => {
    const png = greyPng(labelMap(2, 2, () => 1));
    await writePair(join(dir, "cafe\u0301"), "a", pattern(2, 2), png);
    const there = { images: "caf\u00e9/images", labels: "caf\u00e9/masks" };
    const path = await describe(dir, { ...description, train: there });
    assertEquals((await folder(path, "train")).length, 1);
  }));

Deno.test("folder() names split and folder when a folder of the description is missing", () =>
  withFolder(async (dir) => {
    await writePair(dir, "a", pattern(2, 1), greyPng(labelMap(2, 1, () => 0)));
    const val = { images: "val/images", labels: "val/masks" };
    const path = await describe(dir, { ...description, val });
    assertEquals((await folder(path, "train")).length, 1);
    const { message } = await assertRejects(() => folder(path, "val"), RangeError);
    assertStringIncludes(message, `Cannot open the val split of ${path}: needs the folders val/`);
    assertStringIncludes(message, "got no val/images and no val/masks; put");
  }));

Deno.test("folder() names the file when there is no description", async () => {
  await assertRejects(() => folder("/no/such.json", "train"), RangeError, "/no/such.json");
});

Deno.test("folder() reads a description that an editor saved with a byte order mark", () =>
  withFolder(async (dir) => {
    const labels = labelMap(2, 1, (x) => x);
    await writePair(dir, "a", pattern(2, 1), greyPng(labels));
    const data = await folder(await describe(dir, `\ufeff${JSON.stringify(description)}`), "val");
    assertEquals((await data.example(0)).labels, labels);
  }));

Deno.test("folder() refuses a class whose name has control characters", () =>
  withFolder(async (dir) => {
    const classes = [description.classes[0], { name: "a\u001b[2J", colour: [1, 1, 1] }];
    const path = await describe(dir, { ...description, classes });
    const text = String
      .raw`at classes[1].name: needs a name without control characters, got "a\u001b[2J"`;
    await assertRejects(() => folder(path, "val"), RangeError, text);
  }));
