import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { removePartials, removePartialsIn, writeAtomically, writeWhole } from "../lib/files.ts";

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

Deno.test("writeAtomically() lets the last of several writers win, whole", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "shared");
    const texts = Array.from({ length: 40 }, (_, i) => `${i % 10}`.repeat(20_000 + 1000 * i));
    await Promise.all(texts.map((text) => writeAtomically(path, text)));
    assert(texts.includes(await readFile(path, "utf8")));
    assertEquals(await readdir(folder), ["shared"]);
  }));

Deno.test("writeAtomically() leaves nothing in a folder when its process ends early", () =>
  inTemporaryFolder(async (folder) => {
    const code = `import { writeAtomically } from ${
      JSON.stringify(import.meta.resolve("../lib/files.ts"))
    };
      import { readdirSync } from "node:fs";
      import process from "node:process";
      function* slowly() {
        for (let i = 0; ; i++) yield new Uint8Array(1000);
      }
      writeAtomically(${JSON.stringify(join(folder, "a"))}, slowly());
      writeAtomically(${JSON.stringify(join(folder, "b"))}, slowly());
      setTimeout(() => {
        console.log(readdirSync(${JSON.stringify(folder)}).length);
        process.exit(1);
      }, 100);`;
    const args = ["eval", "--quiet", code];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    assertEquals(new TextDecoder().decode(stdout), "2\n");
    assertEquals(await readdir(folder), []);
  }));

Deno.test("removePartials() removes what killed processes left, but nothing of others", () =>
  inTemporaryFolder(async (folder) => {
    const partial = ".0123456789abcdef.partial";
    for (const path of ["", "images", "evaluation"]) {
      await mkdir(join(folder, path), { recursive: true });
      await writeFile(join(folder, path, partial), "part");
    }
    await writeFile(join(folder, "evaluation", ".lock"), "");
    await writeFile(join(folder, "mine.partial"), "whole");
    await removePartials(folder, 60_000);
    assertEquals((await readdir(folder, { recursive: true })).length, 7);
    await utimes(join(folder, partial), 0, 0);
    await removePartials(folder, 60_000);
    assertEquals((await readdir(folder)).includes(partial), false);
    await removePartials(folder);
    assertEquals(
      (await readdir(folder, { recursive: true })).sort(),
      [
        "evaluation",
        `evaluation/${partial}`,
        "evaluation/.lock",
        "images",
        "mine.partial",
      ].sort(),
    );
  }));

Deno.test("writeWhole() passes on what its writer throws, and asks it for nothing in vain", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "a.zip");
    await writeFile(path, "old");
    let names: string[] = [];
    const failing = writeWhole(path, async (write) => {
      await write(new Uint8Array(10));
      names = await readdir(folder);
      throw new SyntaxError("Cannot decode b");
    });
    await assertRejects(() => failing, SyntaxError, "Cannot decode b");
    assert(names.some((name) => /^\.[0-9a-f]{16}\.partial$/.test(name)), names.join());
    assertEquals(await readdir(folder), ["a.zip"]);
    assertEquals(await readFile(path, "utf8"), "old");
    let asked = false;
    const asking = () => {
      asked = true;
      return Promise.resolve();
    };
    await assertRejects(() => writeWhole(folder, asking), Error, "EISDIR");
    assertEquals(asked, false);
  }));

Deno.test("removePartialsIn() looks at a folder alone", () =>
  inTemporaryFolder(async (folder) => {
    const partial = ".0123456789abcdef.partial";
    await mkdir(join(folder, "below"));
    for (const path of ["", "below"]) await writeFile(join(folder, path, partial), "part");
    await removePartialsIn(folder, 60_000);
    assertEquals((await readdir(folder)).sort(), [partial, "below"]);
    await utimes(join(folder, partial), 0, 0);
    await removePartialsIn(folder, 60_000);
    assertEquals(await readdir(folder), ["below"]);
    assertEquals(await readdir(join(folder, "below")), [partial]);
  }));
