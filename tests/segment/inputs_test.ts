import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listPictures } from "../../lib/segment/inputs.ts";
import { withFolder } from "../data/fixtures.ts";

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
