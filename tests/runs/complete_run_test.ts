import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { readModel } from "../../lib/models/model_file.ts";
import { evaluate } from "../../lib/scoring/evaluate.ts";
import { trainedPredictor } from "../../lib/runs/trained_predictor.ts";
import { completeRun, type RunTask } from "../../lib/runs/complete_run.ts";
import { ownRecipe } from "../../lib/runs/recipes.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { withFolder } from "../data/fixtures.ts";

const shallow = { network: { encoder: { layers: 1 } } };

/** *Scenes* whose last class is sought, all others are one. */
function binaryScenes(): Dataset {
  const data = scenes({ seed: 1, split: "val", length: 3, size: 32 });
  const last = data.classes.length - 1;
  return {
    ...data,
    classes: ["rest", data.classes[last]!],
    palette: [data.palette[0]!, data.palette[last]!],
    example: async (index) => {
      const { name, image, labels } = await data.example(index);
      const binary = labels.data.map((label) => label === 255 ? 255 : Number(label >= last - 2));
      return { name, image, labels: { ...labels, data: binary } };
    },
  };
}

async function shortTask(folder: string, data: Dataset): Promise<RunTask> {
  const config = await ownRecipe({
    variant: "Seg-T/16",
    steps: 4,
    batch: 1,
    accumulate: 1,
    crop: 32,
    checkpointEvery: 10,
    seed: 1,
    threads: 1,
  }, data);
  return {
    folder,
    name: { experiment: "test", run: "a", seed: 1 },
    config: { ...config, ...shallow, logEvery: 2 },
    train: data,
    val: data,
    pretrained: null,
    resume: false,
    pictures: 0,
  };
}

Deno.test("completeRun() with a threshold has the IoU that it found, and both files have it", () =>
  withFolder(async (dir) => {
    const data = binaryScenes();
    const iouOf = async (name: string, config: Partial<RunTask["config"]>) => {
      const task = await shortTask(join(dir, name), data);
      const summary = await completeRun({ ...task, config: { ...task.config, ...config } });
      return { ...summary, iou: summary.perClass[data.classes[1]!]! };
    };
    const validate = { every: 1, images: 1 };
    const plain = await iouOf("plain", {});
    const found = await iouOf("found", { binary: true, validate });
    assertEquals(plain.threshold, undefined);
    assert(found.threshold! > 0 && found.threshold! < 1 && found.threshold !== 0.5);
    const kept = await readModel(join(dir, "found", "best.safetensors"));
    const { scores } = await evaluate(trainedPredictor(kept), data);
    assertEquals(scores.metrics.mIoU, found.best!.mIoU); // it has a threshold too
    assert(found.iou > plain.iou, `${found.iou} with the threshold, ${plain.iou} without`);
  }));

Deno.test("completeRun() refuses a threshold where there are more than two classes", () =>
  withFolder(async (dir) => {
    const data = scenes({ seed: 1, split: "train", length: 2, size: 32 });
    const task = await shortTask(join(dir, "run"), data);
    await assertRejects(
      () => completeRun({ ...task, config: { ...task.config, binary: true } }),
      RangeError,
      "two classes and a network whose scores end with a bias needed, got 10",
    );
    assertEquals(existsSync(join(dir, "run")), false);
  }));

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
      config: { ...config, ...shallow, logEvery: 2 }, // the first step writes a checkpoint and no metrics
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
