import { assertEquals } from "@std/assert";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { asSpelt } from "../lib/spelt.ts";
import { withFolder } from "./data/fixtures.ts";

Deno.test("asSpelt() finds a folder whose letters the disk spells in another way", () =>
  withFolder(async (dir) => {
    const [composed, apart] = ["caf\u00e9", "cafe\u0301"];
    await mkdir(join(dir, apart, composed), { recursive: true });
    assertEquals(await readdir(dir), [apart]);
    const known = join(dir, apart, composed);
    assertEquals(await asSpelt(join(dir, composed, apart)), known);
    assertEquals(await asSpelt(known), known);
    assertEquals(await asSpelt(join(dir, composed, "new")), join(dir, apart, "new"));
    assertEquals(await asSpelt("/"), "/");
  }));
