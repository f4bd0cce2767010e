import { assertEquals, assertRejects } from "@std/assert";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { completeRun } from "../../lib/runs/complete_run.ts";
import { ownRecipe } from "../../lib/runs/recipes.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { withFolder } from "../data/fixtures.ts";

Deno.test("completeRun() ends with an error when its folder is removed under it", () =>
  withFolder(async (dir) => {
    const folder = join(dir, "run");
    const data = scenes({ seed: 1, split: "train", length: 2, size: 32 });
    const config = await ownRecipe({
      variant: "Seg-T/16",
      steps: 2,
      batch: 1,
      accumulate: 1,
      crop: 32,
      checkpointEvery: 1,
      seed: 1,
      threads: 1,
    }, data);
    const run = completeRun({
      folder,
      name: { experiment: "removed", run: "a", seed: 1 },
      config: { ...config, logEvery: 2 }, // the first step writes a checkpoint and no metrics
      train: data,
      val: data,
      pretrained: null,
      resume: false,
      pictures: 0,
      onProgress: ({ unit, done }) => {
        if (unit === "step" && done === 1) rmSync(folder, { recursive: true });
      },
    });
    await assertRejects(() => run, Error, `Cannot go on with the run in ${folder}`);
    assertEquals(existsSync(join(folder, "summary.json")), false);
  }));
