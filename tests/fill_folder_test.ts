import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertRejects } from "@std/assert";
import { fillFolder } from "../lib/fill_folder.ts";
import { withFolder, writeFiles } from "./data/fixtures.ts";

Deno.test("fillFolder() gives a new folder its name when it is whole", () =>
  withFolder(async (dir) => {
    const folder = join(dir, "set");
    await writeFiles(dir, { "set.partial/left": "by a killed process" });
    await fillFolder(folder, async (partial) => {
      await writeFiles(partial, { "images/a": "new" });
      assertEquals(await readdir(dir), ["set.partial"]);
    });
    assertEquals(await readdir(dir), ["set"]);
    assertEquals((await readdir(folder, { recursive: true })).sort(), ["images", "images/a"]);
  }));

Deno.test("fillFolder() keeps what a folder has, on its own disk, and removes what was left there", () =>
  withFolder(async (dir) => {
    const folder = join(dir, "set");
    await writeFiles(folder, { "images/a": "old", "images/b": "old", ".partial/left": "x" });
    const failing = fillFolder(folder, async (partial) => {
      await writeFiles(partial, { "images/a": "new" });
      throw new RangeError("damaged");
    });
    await assertRejects(() => failing, RangeError, "damaged");
    assertEquals(await readFile(join(folder, "images", "a"), "utf8"), "old");
    await fillFolder(folder, async (partial) => {
      assertEquals(partial, join(folder, ".partial"));
      await writeFiles(partial, { "images/a": "new" });
    });
    assertEquals(await readdir(dir), ["set"]);
    assertEquals(await readdir(folder), ["images"]);
    const texts = ["a", "b"].map((name) => readFile(join(folder, "images", name), "utf8"));
    assertEquals(await Promise.all(texts), ["new", "old"]);
  }));

Deno.test("fillFolder() makes nothing where nothing is to be filled in", () =>
  withFolder(async (dir) => {
    await fillFolder(join(dir, "set"), async () => {});
    assertEquals(await readdir(dir), []);
    await mkdir(join(dir, "set"));
    await fillFolder(join(dir, "set"), async () => {});
    assertEquals(await readdir(join(dir, "set")), []);
  }));
