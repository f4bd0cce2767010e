import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { experimentCommand } from "../../experiments/commands/experiment.ts";
import { resultsCommand } from "../../experiments/commands/results.ts";
import { experimentNames, experimentOf } from "../../experiments/commands/catalogue.ts";
import { readEnvironment } from "../../lib/runs/run_files.ts";
import { withFolder } from "../data/fixtures.ts";
import { printedBy } from "./tiny_data.ts";

const experiment = (...args: string[]) =>
  printedBy(async () => (await experimentCommand()).parseAsync(args, { from: "user" }));

const figures = [
  "accuracy_vs_speed.svg",
  "per_class_iou.png",
  "training_curves.svg",
  "overlays.jpg",
];

Deno.test("experiment runs one run, then measures and draws all that are finished", () =>
  withFolder(async (results) => {
    const options = ["start", "--smoke", "--results", results];
    const run = join(results, "start", "t-mask-8-s1");
    const one = await experiment(...options, "--run", "t-mask-8");
    assertStringIncludes(one, "Seg-T-Mask/8");
    assertStringIncludes(one, "always ");
    assert(!existsSync(join(results, "start", figures[0]!)));

    const summary = await readFile(join(run, "summary.json"));
    const { dim, embeddings, classes } = await embeddingsOf(run);
    assertEquals([embeddings.length, dim], [classes.length, 192]);

    await assertRejects(() => experiment(...options, "--run", "t-mask-8"), RangeError, "finished");
    const again = await experiment(...options, "--run", "t-mask-8", "--resume");
    assertEquals(again, one);
    assert(summary.equals(await readFile(join(run, "summary.json"))));

    const before = await readEnvironment(run);
    const printed = await experiment(...options, "--speeds");
    for (const name of figures) assert(existsSync(join(results, "start", name)), name);
    assertStringIncludes(printed, join(results, "start", "accuracy_vs_speed.svg"));
    const { speeds, ...others } = await readEnvironment(run);
    assertEquals({ ...others, speeds: { ...speeds, inference: 0 } }, {
      ...before,
      speeds: { ...before.speeds, inference: 0 },
    });

    await redrawsTheSame(results);
    await rm(join(run, "model.safetensors"));
    await assertRejects(() => experiment(...options, "--speeds"), Error, "train the run again");
  }));

async function embeddingsOf(run: string) {
  const path = join(run, "class_embeddings.json");
  const { classes, embeddings } = JSON.parse(await readFile(path, "utf8"));
  return { classes, embeddings, dim: embeddings[0].length };
}

/** Figures come from stored JSON and pictures alone, and repeat. */
async function redrawsTheSame(results: string): Promise<void> {
  const paths = figures.map((name) => join(results, "start", name));
  const before = await Promise.all(paths.map((path) => readFile(path)));
  for (const path of paths) await rm(path);
  await printedBy(() => resultsCommand().parseAsync(["--results", results], { from: "user" }));
  for (const [i, path] of paths.entries()) assert(before[i]!.equals(await readFile(path)), path);
  const readme = await readFile(join(results, "README.md"), "utf8");
  assertStringIncludes(readme, "start/t-mask-8-s1");
}

Deno.test("every experiment has runs, seeds and figures, and a header with question and command", async () => {
  for (const name of await experimentNames()) {
    const { runs, seeds, figures } = await experimentOf(name);
    assert(Object.keys(runs).length > 0 && seeds.length > 0 && figures.length > 0, name);
    const text = await readFile(new URL(`../../experiments/${name}.ts`, import.meta.url), "utf8");
    assert(/^\/\*\*\n \* Question: [^]*? \* Command: deno task /.test(text), name);
  }
});
