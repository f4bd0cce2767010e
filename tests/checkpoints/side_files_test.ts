import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { z } from "zod";
import { SideFiles } from "../../lib/checkpoints/side_files.ts";
import { withFolder, writeFiles } from "../data/fixtures.ts";

Deno.test("SideFiles read JSON with a byte order mark, and nothing where there is no file", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "model.safetensors": "", "config.json": '\ufeff{"depth": 3}' });
    const beside = await SideFiles.of(join(dir, "model.safetensors"));
    const schema = z.object({ depth: z.int() });
    assertEquals(await beside.json("config.json", schema, "a config"), { depth: 3 });
    assertEquals(await beside.json("other.json", schema, "a config"), undefined);
  }));
