import { assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readText } from "../lib/text_file.ts";
import { withFolder } from "./data/fixtures.ts";

Deno.test("readText() reads UTF-8 and UTF-16 and takes the byte order mark off", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.json");
    const utf16 = Buffer.from('\ufeff["é"]', "utf16le");
    for (
      const bytes of ['["é"]', '\ufeff["é"]', utf16, Buffer.from(utf16).swap16()]
    ) {
      await writeFile(path, bytes);
      assertEquals(await readText(path), '["é"]');
    }
    await writeFile(path, Buffer.from('["é"]', "latin1"));
    await assertRejects(() => readText(path), SyntaxError, `Cannot read ${path}: it needs`);
  }));
