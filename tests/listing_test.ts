import { assertEquals, assertRejects } from "@std/assert";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { foldersIn, isHidden, listFiles } from "../lib/listing.ts";
import { withFolder, writeFiles } from "./data/fixtures.ts";

Deno.test("listFiles() leaves out what begins with a dot and what systems leave behind", () =>
  withFolder(async (dir) => {
    const hidden = [".a.jpg", "._a.jpg", ".DS_Store", "Thumbs.db", "desktop.ini"];
    const within = ["__MACOSX/a.jpg", "@eaDir/a.jpg/small.jpg", ".git/a.jpg", "b/.c/a.jpg"];
    for (const file of [...hidden, ...within, "a.jpg", "b/..c.jpg", "b/d.jpg"]) {
      await writeFiles(dir, { [file]: "" });
    }
    assertEquals(await listFiles(dir), ["a.jpg"]);
    assertEquals(await listFiles(dir, { recursive: true }), ["a.jpg", "b/d.jpg"]);
    assertEquals(["a/b.jpg", "../a.jpg", "./a"].filter(isHidden), [], "folders above are none");
  }));

Deno.test("foldersIn() names the folders in order, and none of a folder that is not there", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "b/1.png": "", "a/c/2.png": "", "file.png": "" });
    assertEquals(await foldersIn(dir), ["a", "b"]);
    assertEquals(await foldersIn(join(dir, "nowhere")), []);
  }));

Deno.test("listFiles() enters links to folders, and ends where they lead back", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "set/a/1.png": "", "elsewhere/2.png": "", "set/b/3.png": "" });
    const set = join(dir, "set");
    await symlink(join(dir, "elsewhere"), join(set, "linked"));
    await symlink("..", join(set, "a", "up"));
    await symlink(".", join(set, "same"));
    await symlink(join(set, "b"), join(dir, "elsewhere", "b"));
    await symlink(join(dir, "elsewhere"), join(set, "b", "back"));
    await symlink("nowhere", join(set, "gone.png"));
    assertEquals(await listFiles(set, { recursive: true }), [
      "a/1.png",
      "b/3.png",
      "b/back/2.png",
      "gone.png",
      "linked/2.png",
      "linked/b/3.png",
    ]);
    assertEquals(await listFiles(set), ["gone.png"]);
  }));

Deno.test("listFiles() gives the system's error when there is no folder", async () => {
  await assertRejects(() => listFiles("/no/such/folder"), Error, "ENOENT");
});
