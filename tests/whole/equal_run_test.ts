import { assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { completeRun, type RunTask } from "../../lib/runs/complete_run.ts";
import { ownRecipe } from "../../lib/runs/recipes.ts";
import { readConfig, readSummary, runFolder } from "../../lib/runs/run_files.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { withFolder } from "../data/fixtures.ts";

const data = scenes({ seed: 1, split: "train", length: 2, size: 32 });

/** A run of two steps in a results folder; `lr` makes it another one. */
async function task(results: string, experiment: string, lr: number): Promise<RunTask> {
  const name = { experiment, run: `${experiment}-run`, seed: 1 };
  const config = await ownRecipe({
    variant: "Seg-T/16",
    steps: 2,
    batch: 1,
    accumulate: 1,
    crop: 32,
    checkpointEvery: 2,
    seed: 1,
    threads: 1,
    lr,
  }, data);
  return {
    folder: runFolder(results, name),
    name,
    config,
    train: data,
    val: data,
    pretrained: null,
    resume: false,
    experiments: results,
    pictures: 1,
  };
}

Deno.test("completeRun() takes what an equal run of another experiment gave, and no other's", () =>
  withFolder(async (results) => {
    const messages: string[] = [];
    const onMessage = (text: string) => void messages.push(text);
    const first = await task(results, "first", 1e-3);
    const second = await task(results, "second", 1e-3);
    const third = await task(results, "third", 2e-3);
    const summary = await completeRun({ ...first, onMessage });
    const adopted = await completeRun({ ...second, onMessage });
    await completeRun({ ...third, onMessage });
    assertEquals(messages.filter((text) => text.includes("is taken")), [
      `${second.folder}: the same as ${first.folder}, which is taken`,
    ]);
    assertEquals(adopted, { ...summary, experiment: "second", run: "second-run" });
    assertEquals(await readSummary(second.folder), adopted);

    // What is taken is what training gives, byte for byte.
    const files = ["config.json", "metrics.jsonl", "summary.json", "model.safetensors"];
    const bytes = () => Promise.all(files.map((file) => readFile(join(second.folder, file))));
    const taken = await bytes();
    await rm(second.folder, { recursive: true });
    const { experiments: _, ...alone } = second;
    await completeRun(alone);
    assertEquals(await bytes(), taken);
    assertEquals((await readConfig(second.folder)).experiment, "second");
  }));

Deno.test("completeRun() trains where an equal run has lost its weights", () =>
  withFolder(async (results) => {
    const first = await task(results, "first", 1e-3);
    await completeRun(first);
    await rm(join(first.folder, "model.safetensors"));
    await writeFile(join(results, "note.txt"), "");
    const second = await task(results, "second", 1e-3);
    await completeRun(second);
    assertEquals(existsSync(join(second.folder, "model.safetensors")), true);
  }));
