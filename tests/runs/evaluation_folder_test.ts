import { assertEquals, assertRejects } from "@std/assert";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EvaluationFolder } from "../../lib/runs/evaluation_folder.ts";
import type { Scored } from "../../lib/scoring/evaluate.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { withFolder } from "../data/fixtures.ts";

const dataset = scenes({ seed: 1, split: "val", length: 2, size: 32 });

/** An example whose prediction is right, and its score. */
async function scored(index: number, name?: string): Promise<Scored> {
  const drawn = await dataset.example(index);
  const example = name === undefined ? drawn : { ...drawn, name };
  const confidence = new Float32Array(32 * 32).fill(1);
  const prediction = { labels: example.labels, confidence };
  return { example, prediction, score: { mIoU: 1, pixelAccuracy: 1 }, index };
}

Deno.test("EvaluationFolder.create() says what to do where nothing can be written", () =>
  withFolder(async (dir) => {
    await writeFile(join(dir, "file"), "");
    for (const folder of ["/proc/seglab/a", join(dir, "file"), join(dir, "file", "a")]) {
      const { message } = await assertRejects(
        () => EvaluationFolder.create(folder, dataset),
        Error,
        `Cannot write ${folder}: it needs `,
      );
      assertEquals(message.includes("choose another"), true, message);
    }
  }));

Deno.test("EvaluationFolder.add() writes a line an image, and ends where the folder is removed", () =>
  withFolder(async (dir) => {
    const folder = join(dir, "evaluation");
    const files = await EvaluationFolder.create(folder, dataset);
    await files.add(await scored(0));
    await files.add(await scored(1, "x".repeat(250)));
    const lines = (await readFile(join(folder, "images.jsonl"), "utf8")).trim().split("\n");
    assertEquals(lines.map((line) => JSON.parse(line).name.length > 200), [false, true]);
    await rm(folder, { recursive: true });
    const text = `Cannot go on with the evaluation in ${folder}`;
    await assertRejects(async () => await files.add(await scored(0)), Error, text);
  }));
