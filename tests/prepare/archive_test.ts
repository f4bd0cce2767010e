import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { archiveKind } from "../../lib/prepare/archive.ts";
import { withFolder } from "../data/fixtures.ts";
import { writeTar, writeZip } from "./archives.ts";

Deno.test("archiveKind() knows zip, tar, tar.gz and JSON by their bytes", () =>
  withFolder(async (dir) => {
    await writeZip(join(dir, "a.ZIP"), { a: "a" });
    for (const name of ["a.tar", "a.tar.gz", "a.tgz"]) await writeTar(join(dir, name), { a: "a" });
    await writeFile(join(dir, "a.json"), ' {"a": 1}');
    const kinds = ["a.ZIP", "a.tar", "a.tar.gz", "a.tgz", "a.json"].map((name) =>
      archiveKind(join(dir, name))
    );
    assertEquals(await Promise.all(kinds), ["zip", "tar", "tar.gz", "tar.gz", "json"]);
  }));

Deno.test("archiveKind() says what a file is when its name says something else", () =>
  withFolder(async (dir) => {
    await writeZip(join(dir, "zip.tar"), { a: "a" });
    await writeTar(join(dir, "tgz.tar"), { a: "a" });
    await writeTar(join(dir, "x.tar.gz"), { a: "a" });
    await writeFile(join(dir, "page.zip"), "\n<!DOCTYPE html><title>Log in</title>");
    await writeFile(join(dir, "empty.zip"), "");
    await writeFile(join(dir, "noise.tar"), "x".repeat(2000));
    await writeFile(join(dir, "a.rar"), "Rar!");
    await mkdir(join(dir, "folder.zip"));
    const cases = {
      "zip.tar": "it needs a tar archive, got a zip archive; give the file the ending .zip",
      "page.zip": "it needs a zip archive, got a web page",
      "empty.zip": "got an empty file",
      "noise.tar": "it needs a tar archive, got something else; download it again",
      "a.rar": "it needs a file that ends in .zip, .tar, .tar.gz, .tgz or .json, got another name",
      "folder.zip": "got a folder",
      "missing.zip": "got no such file",
    };
    for (const [name, says] of Object.entries(cases)) {
      await assertRejects(
        () => archiveKind(join(dir, name)),
        RangeError,
        `Cannot unpack ${join(dir, name)}: `,
      );
      await assertRejects(() => archiveKind(join(dir, name)), RangeError, says);
    }
  }));
