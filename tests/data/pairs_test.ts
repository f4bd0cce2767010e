import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { filesByName, listPairs, withInstances } from "../../lib/data/pairs.ts";
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
