import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertRejects } from "@std/assert";
import { writeAtomically } from "../lib/files.ts";

async function inTemporaryFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "seglab-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeAtomically() writes text, bytes and pieces and leaves nothing else behind", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "new", "file.bin");
    for (const contents of ["abc", new Uint8Array([97, 98, 99]), [[97], [], [98, 99]]]) {
      const pieces = Array.isArray(contents) ? contents.map((it) => new Uint8Array(it)) : contents;
      await writeAtomically(path, pieces);
      assertEquals(await readFile(path, "utf8"), "abc");
    }
    assertEquals(await readdir(join(folder, "new")), ["file.bin"]);
  }));

Deno.test("writeAtomically() keeps the old file and removes the part when writing fails", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "weights.safetensors");
    await writeFile(path, "old");
    function* failing() {
      yield new Uint8Array(1000);
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    }
    const error = await assertRejects(() => writeAtomically(path, failing()));
    assertEquals(
      error.message,
      `Cannot write ${path}: it needs free space on the disk, got a full one (ENOSPC); free some ` +
        "and run again. A file that was there before is unchanged.",
    );
    assertEquals(await readFile(path, "utf8"), "old");
    assertEquals(await readdir(folder), ["weights.safetensors"]);
  }));

Deno.test("writeAtomically() says what to do when the path is a folder or under a file", () =>
  inTemporaryFolder(async (folder) => {
    await mkdir(join(folder, "folder"));
    await writeFile(join(folder, "file"), "old");
    await assertRejects(
      () => writeAtomically(join(folder, "folder"), "x"),
      Error,
      "needs the name of a file, got that of a folder (EISDIR)",
    );
    await assertRejects(
      () => writeAtomically(join(folder, "file", "x"), "x"),
      Error,
      "needs a folder above it, got a file of that name",
    );
    assertEquals((await readdir(folder)).sort(), ["file", "folder"]);
  }));
