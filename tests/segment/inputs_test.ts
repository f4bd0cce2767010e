import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { listPictures } from "../../lib/segment/inputs.ts";
import { withFolder, writeFiles } from "../data/fixtures.ts";

Deno.test("listPictures() takes files, folders and patterns, each file once", () =>
  withFolder(async (dir) => {
    await mkdir(join(dir, "more"));
    for (const name of ["b.png", "a.JPG", "notes.txt", "more/c.webp", "odd"]) {
      await writeFile(join(dir, name), "");
    }
    const list = async (...names: string[]) =>
      (await listPictures(names.map((name) => join(dir, name)))).map((file) =>
        file.slice(dir.length + 1)
      );
    assertEquals(await list("."), ["a.JPG", "b.png"]);
    assertEquals(await list("odd", "b.png", "."), ["odd", "b.png", "a.JPG"]);
    assertEquals(await list("**/*.{webp,png}"), ["b.png", "more/c.webp"]);
  }));

Deno.test("listPictures() names what matches nothing", () =>
  withFolder(async (dir) => {
    await writeFile(join(dir, "notes.txt"), "");
    for (const name of ["nowhere.jpg", "*.jpg", "."]) {
      const path = join(dir, name);
      await assertRejects(
        () => listPictures([path]),
        RangeError,
        `Cannot segment ${path}: an image`,
      );
    }
  }));

Deno.test("listPictures() leaves hidden files out, by whatever name they come", () =>
  withFolder(async (dir) => {
    for (const name of ["a.jpg", "._a.jpg", ".b.jpg", "Thumbs.db", "@eaDir/a.jpg/s.jpg"]) {
      await writeFiles(dir, { [name]: "" });
    }
    const list = async (...names: string[]) =>
      (await listPictures(names.map((name) => join(dir, name)))).map((file) =>
        file.slice(dir.length + 1)
      );
    assertEquals(await list("."), ["a.jpg"]);
    assertEquals(await list("*"), ["a.jpg"]);
    assertEquals(await list("**/*.jpg"), ["a.jpg"]);
    assertEquals(await list("Thumbs.db", "._a.jpg", "a.jpg"), ["a.jpg"], "a shell's pattern");
    assertEquals(await list(".b.jpg"), [".b.jpg"], "the user's own choice");
    await assertRejects(() => list("Thumbs.db"), RangeError, "needed, got none");
  }));

Deno.test("listPictures() leaves out what an earlier segmentation wrote, and nothing alike", () =>
  withFolder(async (dir) => {
    const result = { file: "a.jpg", width: 1, height: 1, classes: [] };
    const own = ["a_overlay.png", "a_labels.png"];
    for (const name of ["a.jpg", "b_labels.png", "c_overlay.png", ...own]) {
      await writeFiles(dir, { [name]: "", "c.json": "{}", "a.json": JSON.stringify(result) });
    }
    const pictures = ["a.jpg", "b_labels.png", "c_overlay.png"].map((name) => join(dir, name));
    assertEquals(await listPictures([dir]), pictures);
    assertEquals(await listPictures([join(dir, "**", "*.*")]), pictures);
    assertEquals(await listPictures([join(dir, own[0]!)]), [join(dir, own[0]!)]);
  }));

Deno.test("listPictures() gives pictures of formats that are not read, to be told of", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "a.jpg": "", "b.bmp": "", "notes.txt": "" });
    assertEquals(
      await listPictures([dir, join(dir, ".", "a.jpg"), `${dir}/../${basename(dir)}/a.jpg`]),
      [
        join(dir, "a.jpg"),
        join(dir, "b.bmp"),
      ],
    );
  }));
