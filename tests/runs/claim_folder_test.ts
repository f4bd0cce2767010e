import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { claimFolder } from "../../lib/runs/claim_folder.ts";
import { EvaluationFolder } from "../../lib/runs/evaluation_folder.ts";
import { type Config, SCHEMA } from "../../lib/runs/run_files.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { withFolder, writeFiles } from "../data/fixtures.ts";

const config: Config = {
  schema: SCHEMA,
  experiment: "e",
  run: "r",
  seed: 1,
  variant: "v",
  threads: 1,
};

Deno.test("a folder with nothing but what a system left behind is free", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { ".DS_Store": "", "Thumbs.db": "", ".lock": "" });
    assertEquals(await claimFolder(dir, config, false), "new");
    await EvaluationFolder.create(dir, scenes({ seed: 1, split: "val", length: 1, size: 32 }));
    await writeFiles(join(dir, "mine"), { ".DS_Store": "", "notes.txt": "" });
    const claim = () => claimFolder(join(dir, "mine"), config, false);
    await assertRejects(claim, RangeError, "got one with notes.txt");
  }));
