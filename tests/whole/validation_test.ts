/** Runs that look at images of the validation split on their way. */
import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { readModel } from "../../lib/models/model_file.ts";
import { completeRun } from "../../lib/runs/complete_run.ts";
import { ownRecipe, type RunRecipe } from "../../lib/runs/recipes.ts";
import { readMetrics } from "../../lib/runs/run_files.ts";
import { bestIn, courseOf } from "../../lib/runs/validation.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { evaluate } from "../../lib/scoring/evaluate.ts";
import { inferenceOf } from "../../lib/train/config.ts";
import { withFolder } from "../data/fixtures.ts";

const train = scenes({ seed: 1, split: "train", length: 6, size: 32 });
const val = scenes({ seed: 1, split: "val", length: 5, size: 32 });

/** A run of eight steps that looks at three images after each two. */
async function run(folder: string, changes: Partial<RunRecipe> = {}, resume = false) {
  const recipe = await ownRecipe({
    variant: "Seg-T/16",
    steps: 8,
    batch: 2,
    accumulate: 1,
    crop: 32,
    checkpointEvery: 8,
    seed: 1,
    threads: 1,
  }, train);
  const config = { ...recipe, validate: { every: 2, images: 3 }, ...changes };
  const name = { experiment: "validation", run: "a", seed: 1 };
  return await completeRun({
    ...{ folder, name, config, train, val, resume },
    pretrained: null,
    pictures: 0,
  });
}

Deno.test("completeRun() validates on the way and keeps the best weights beside the last", () =>
  withFolder(async (dir) => {
    const folder = join(dir, "run");
    const summary = await run(folder);
    const lines = (await readMetrics(folder)).filter((line) => "val/mIoU" in line);
    assertEquals(lines.map(({ step }) => step), [2, 4, 6, 8]);
    assert(lines.every((line) => line["val/loss"]! > 0 && "val/IoU/sky" in line));

    const { best } = courseOf(lines);
    assertEquals(summary.best!.step, best!.step);
    const { weights, config, classes } = await readModel(bestIn(folder));
    const predictor = new NetworkPredictor({
      ...inferenceOf(config, classes.length),
      weights,
      threads: 1,
    });
    assertEquals((await evaluate(predictor, val)).scores.metrics.mIoU, summary.best!.mIoU);
  }));

Deno.test("completeRun() ends where validations were not better for long enough", () =>
  withFolder(async (dir) => {
    // At a rate of nearly nothing the network says the same for ever.
    const summary = await run(join(dir, "run"), {
      lr: 1e-30,
      warmup: 0,
      weightDecay: 0,
      patience: 2,
    });
    assertEquals([summary.steps, summary.best!.step, summary.status], [6, 2, "finished"]);
    assertEquals(
      await run(join(dir, "run"), {
        lr: 1e-30,
        warmup: 0,
        weightDecay: 0,
        patience: 2,
      }, true),
      summary,
    );
  }));

Deno.test("completeRun() trains to the same bytes with validation and without", () =>
  withFolder(async (dir) => {
    await run(join(dir, "with"));
    await run(join(dir, "without"), { validate: null });
    const weights = await Promise.all(["with", "without"].map(async (name) => {
      return (await readModel(join(dir, name, "model.safetensors"))).weights;
    }));
    assertEquals(weights[0], weights[1]);
    assert(!existsSync(bestIn(join(dir, "without"))));
    assert(!(await readFile(join(dir, "without", "metrics.jsonl"), "utf8")).includes("val/"));
  }));
