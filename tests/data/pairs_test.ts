import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { filesByName } from "../../lib/data/named_files.ts";
import { listPairs, type Pair, UnpairedError, withInstances } from "../../lib/data/pairs.ts";
import { withFolder, writeFiles } from "./fixtures.ts";

Deno.test("filesByName() strips the ending, sorts, and leaves hidden and other files out", () =>
  withFolder(async (dir) => {
    for (const file of ["b_x.png", "a_x.png", ".c_x.png", "d.png", "sub/e_x.png"]) {
      await writeFiles(dir, { [file]: "" });
    }
    const flat = await filesByName(dir, /_x\.png$/);
    assertEquals([...flat.byName], [["a", join(dir, "a_x.png")], ["b", join(dir, "b_x.png")]]);
    const { byName } = await filesByName(dir, /_x\.png$/, { recursive: true });
    assertEquals([...byName.keys()], ["a", "b", "sub/e"]);
  }));

Deno.test("filesByName() names the folder when it is not there", async () => {
  await assertRejects(() => filesByName("/no/such", /x$/), RangeError, "got nothing of that name");
});

Deno.test("listPairs() says that labels are smeared when masks are JPEGs", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "i/a.jpg": "", "i/b.jpg": "", "m/a.jpg": "", "m/b.png": "" });
    const pair = () => listPairs(join(dir, "i"), join(dir, "m"));
    const { message } = await assertRejects(pair, RangeError, "got 1 without mask (a)");
    assertStringIncludes(
      message,
      "JPEG files (1 in it) are no masks, because JPEG compression smears",
    );
  }));

Deno.test("listPairs() shows how masks are called when no name of an image is that of a mask", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "i/a.jpg": "", "i/b.jpg": "", "m/a_mask.png": "", "m/b_mask.png": "" });
    const pair = () => listPairs(join(dir, "i"), join(dir, "m"));
    const { message } = await assertRejects(pair, RangeError, "got 2 without mask (a, b)");
    assertStringIncludes(message, "(a_mask, b_mask); rename");
  }));

Deno.test("listPairs() says so when there are no images, or masks without an image", () =>
  withFolder(async (dir) => {
    const pair = () => listPairs(join(dir, "i"), join(dir, "m"));
    await writeFiles(dir, { "i/notes.txt": "", "m/a.png": "", "m/b.png": "" });
    await assertRejects(pair, RangeError, "needs a folder of images, got none in it");
    await writeFiles(dir, { "i/b.webp": "" });
    await assertRejects(pair, RangeError, "got 1 without image (a)");
  }));

Deno.test("withInstances() leaves pairs as they are when one of them has no file", () => {
  const pairs = ["a", "b"].map((name) => ({ name, image: `${name}.jpg`, labels: `${name}.png` }));
  const some = { dir: "i", byName: new Map([["a", "i/a.png"]]) };
  assertEquals(withInstances(pairs, some), pairs);
  const all = { dir: "i", byName: new Map([["b", "i/b.png"], ...some.byName]) };
  assertEquals(withInstances(pairs, all).map(({ instances }) => instances), ["i/a.png", "i/b.png"]);
});

/** The names of pairs and which files they are, below the folder. */
const shownIn = (dir: string, pairs: readonly Pair[]) =>
  pairs.map(({ name, image, labels }) =>
    [name, image, labels].map((path) => path.replace(`${dir}/`, "")).join(" ")
  );

Deno.test("filesByName() enters linked folders, as data on another disk is linked", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "disk/frame_x.png": "", "set/bonn/frame_x.png": "" });
    await symlink(join(dir, "disk"), join(dir, "set", "aachen"));
    await symlink(join(dir, "set"), join(dir, "set", "bonn", "up"));
    const { byName } = await filesByName(join(dir, "set"), /_x\.png$/, { recursive: true });
    assertEquals([...byName.keys()], ["aachen/frame", "bonn/frame"]);
  }));

Deno.test("listPairs() pairs names that two systems spell by other bytes", () =>
  withFolder(async (dir) => {
    const name = "Straße_é";
    await writeFiles(dir, { [`i/${name.normalize("NFD")}.jpg`]: "", [`m/${name}.png`]: "" });
    const pairs = await listPairs(join(dir, "i"), join(dir, "m"));
    assertEquals(pairs.map((pair) => pair.name), [name.normalize("NFC")]);
    assertEquals(pairs[0]!.image, join(dir, "i", `${name.normalize("NFD")}.jpg`), "the file's own");
  }));

Deno.test("listPairs() names the ending when one name begins as another", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "i/img_1.jpg": "", "i/img_10.jpg": "" });
    await writeFiles(dir, { "m/img_1_mask.png": "", "m/img_10_mask.png": "" });
    const pair = () => listPairs(join(dir, "i"), join(dir, "m"));
    await assertRejects(pair, RangeError, 'rename the masks without "_mask"');
  }));

Deno.test("listPairs() pairs photos and masks in one folder by the ending of the masks", () =>
  withFolder(async (dir) => {
    const files = ["a/img_1.jpg", "a/img_1_mask.png", "a/img_10.jpg", "a/img_10_mask.png"];
    const png = ["b/0001.png", "b/0001_L.png", "b/0002.png", "b/0002_L.png"];
    const alike = ["c/x.jpg", "c/x.png", "c/y.jpg", "c/y.png"];
    for (const file of [...files, ...png, ...alike]) await writeFiles(dir, { [file]: "" });
    const pairs = async (name: string) =>
      shownIn(dir, await listPairs(join(dir, name), join(dir, name, ".")));
    assertEquals(await pairs("a"), [
      "img_1 a/img_1.jpg a/img_1_mask.png",
      "img_10 a/img_10.jpg a/img_10_mask.png",
    ]);
    assertEquals(await pairs("b"), [
      "0001 b/0001.png b/0001_L.png",
      "0002 b/0002.png b/0002_L.png",
    ]);
    assertEquals(await pairs("c"), ["x c/x.jpg c/x.png", "y c/y.jpg c/y.png"]);
  }));

Deno.test("listPairs() asks for two folders when nothing in one tells masks from photos", () =>
  withFolder(async (dir) => {
    const several = ["a/x.png", "a/x_mask.png", "a/x_colour.png"];
    const numbers = ["b/img_1.png", "b/img_10.png"];
    const lacking = [
      "c/x.jpg",
      "c/x_mask.png",
      "c/y.jpg",
      "c/z_mask.png",
      "c/w.jpg",
      "c/w_mask.png",
    ];
    for (const file of [...several, ...numbers, ...lacking]) await writeFiles(dir, { [file]: "" });
    const pair = (name: string) => () => listPairs(join(dir, name), join(dir, name));
    const endings = "needs two folders, or masks that are named like their images";
    for (const name of ["a", "b"]) await assertRejects(pair(name), RangeError, endings);
    const { message } = await assertRejects(pair("c"), UnpairedError, "got 1 without mask (y)");
    assertStringIncludes(message, "each image NAME needs a mask NAME_mask.png beside it");
  }));

Deno.test("listPairs() names masks and images of formats that are not read", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "i/a.jpg": "", "tif/a.tif": "", "bmp/a.BMP": "", "npy/a.npy": "" });
    await writeFiles(dir, { "m/a.png": "", "some/a.bmp": "", "some/b.jpg": "", "m2/a.png": "" });
    await writeFiles(dir, { "m2/b.png": "" });
    const pair = (images: string, masks: string) => () =>
      listPairs(join(dir, images), join(dir, masks));
    for (const [folder, file] of [["tif", "a.tif"], ["bmp", "a.BMP"], ["npy", "a.npy"]] as const) {
      const text = `1 file of these names in it (${file}) is no PNG, the only`;
      await assertRejects(pair("i", folder), RangeError, text);
    }
    await assertRejects(
      pair("bmp", "m"),
      RangeError,
      "none in it but 1 file of other formats (a.BMP)",
    );
    await assertRejects(
      pair("some", "m2"),
      RangeError,
      `a.bmp in ${join(dir, "some")} cannot be read: save`,
    );
  }));

Deno.test("listPairs() names files of other formats in one folder of images and masks", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "a/1.jpg": "", "a/1_mask.bmp": "", "b/1.png": "", "b/1_mask.bmp": "" });
    const pair = (folder: string) => listPairs(join(dir, folder), join(dir, folder));
    const { message } = await assertRejects(
      () => pair("a"),
      RangeError,
      "needs label PNGs, got none",
    );
    assertStringIncludes(message, "but 1 file of other formats (1_mask.bmp); save masks as");
    await assertRejects(() => pair("b"), RangeError, "one folder for both with 1.png, 1_mask.bmp");
  }));

Deno.test("filesByName() says why two names that look the same are one", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "caf\u00e9.png": "", "cafe\u0301.png": "" });
    await assertRejects(() => filesByName(dir, /\.png$/), RangeError, "two spellings of Unicode");
  }));

Deno.test("listPairs() pairs the files of sub-folders that images and masks both have", () =>
  withFolder(async (dir) => {
    const files = ["images/a.png", "images/city/b.png", "masks/a.png", "masks/city/b.png"];
    await writeFiles(dir, Object.fromEntries(files.map((file) => [file, ""])));
    const names = async () =>
      (await listPairs(join(dir, "images"), join(dir, "masks"))).map(({ name }) => name);
    assertEquals(await names(), ["a", "city/b"]);
    await rm(join(dir, "images/a.png"));
    await rm(join(dir, "masks/a.png"));
    await rename(join(dir, "masks/city"), join(dir, "masks/town"));
    await assertRejects(names, UnpairedError, "1 without mask (city/b)");
    await writeFiles(join(dir, "flat"), { "a.jpg": "", "masks/a.png": "", "old/x.jpg": "" });
    assertEquals((await listPairs(join(dir, "flat"), join(dir, "flat/masks"))).length, 1);
  }));
