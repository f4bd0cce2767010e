import { assertEquals } from "@std/assert";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { testServers } from "../../lib/submit/servers.ts";
import { listTestImages } from "../../lib/submit/submission.ts";
import { withFolder, writeFiles } from "../data/fixtures.ts";

Deno.test("listTestImages() enters linked folders and leaves hidden files out", () =>
  withFolder(async (dir) => {
    const name = (city: string) => `${city}_000000_000019_leftImg8bit.png`;
    await writeFiles(dir, { [`disk/${name("bonn")}`]: "", [`test/berlin/${name("berlin")}`]: "" });
    await writeFiles(dir, { [`test/berlin/._${name("berlin")}`]: "", "test/Thumbs.db": "" });
    await symlink(join(dir, "disk"), join(dir, "test", "bonn"));
    await symlink(join(dir, "test"), join(dir, "disk", "again"));
    const files = await listTestImages(testServers.cityscapes, join(dir, "test"));
    assertEquals(files, [
      join(dir, "test", "berlin", name("berlin")),
      join(dir, "test", "bonn", name("bonn")),
    ]);
  }));
