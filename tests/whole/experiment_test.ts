import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { experimentCommand } from "../../experiments/commands/experiment.ts";
import { resultsCommand } from "../../experiments/commands/results.ts";
import { experimentNames, experimentOf } from "../../experiments/commands/catalogue.ts";
import { repository } from "../../experiments/commands/paths.ts";
import { finishedRuns } from "../../lib/runs/experiment.ts";
import { readEnvironment } from "../../lib/runs/run_files.ts";
import { withFolder } from "../data/fixtures.ts";
import { printedBy, writeTinyData } from "../commands/tiny_data.ts";

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

Deno.test("experiment runs several in a queue, goes on after a run that fails, and says so", () =>
  withFolder(async (results) => {
    const mask = join(results, "decoder", "mask-1-s1");
    await mkdir(mask, { recursive: true });
    await writeFile(join(mask, "mine.txt"), "");
    const options = ["decoder", "setr_auxiliary", "--smoke", "--results", results];
    const error = await assertRejects(() => experiment(...options), Error);
    assertStringIncludes(error.message, "Cannot finish 1 of 6 runs");
    assertStringIncludes(error.message, "decoder/mask-1, seed 1: Cannot train into");
    for (const run of ["decoder/mask-3-s1", "setr_auxiliary/without-s1"]) {
      assert(existsSync(join(results, run, "summary.json")), run);
    }
    assert(existsSync(join(results, "setr_auxiliary", "scores.svg")));

    await rm(mask, { recursive: true });
    const printed = await experiment(...options);
    assertStringIncludes(printed, "auxiliary losses help");
    assert(existsSync(join(mask, "summary.json")));
  }));

Deno.test("experiment tests networks in other ways, each once", () =>
  withFolder(async (results) => {
    const options = ["inference", "--smoke", "--results", results];
    const printed = await experiment(...options);
    const path = join(results, "inference", "segmenter-s1", "trials.json");
    const before = await readFile(path, "utf8");
    assertEquals(Object.keys(JSON.parse(before)), [
      "stride 120",
      "stride 80",
      "mirror image",
      "scales 0.75 1 1.25",
      "all of these",
    ]);
    for (const text of ["  stride 80", "the mirror image helps"]) {
      assertStringIncludes(printed, text);
    }
    await writeFile(path, before.replaceAll(/"mIoU": [\d.e-]+/g, '"mIoU": 0.125'));
    assertStringIncludes(await experiment(...options, "--resume"), "12.50");
  }));

Deno.test("experiment takes data of one's own, where CamVid's results are safe from it", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const results = join(dir, "results");
    await experiment("setr_auxiliary", "--smoke", "--data", data, "--results", results);
    const run = join(results, "setr_auxiliary", "with-s1");
    const { data: name } = JSON.parse(await readFile(join(run, "config.json"), "utf8"));
    assertEquals(name, "tiny/train");
    const { perClass } = JSON.parse(await readFile(join(run, "summary.json"), "utf8"));
    assertEquals(Object.keys(perClass), ["ground", "roof", "tree"]);
    const scenes = ["encoder_size", "--smoke", "--run", "t-16", "--seed", "1"];
    const printed = await experiment(...scenes, "--data", data, "--results", results);
    assertStringIncludes(printed, "asked of made scenes, for which --data does not stand");
    const made = join(results, "encoder_size", "t-16-s1", "config.json");
    assertStringIncludes(await readFile(made, "utf8"), '"data": "scenes');
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

Deno.test("an experiment whose runs are all finished has its answer in the header", async () => {
  const results = join(repository, "results");
  for (const name of await experimentNames()) {
    const experiment = await experimentOf(name);
    const finished = await finishedRuns(results, name, experiment);
    const whole = Object.keys(experiment.runs).length * experiment.seeds.length;
    const text = await readFile(join(repository, "experiments", `${name}.ts`), "utf8");
    const isOpen = text.includes("Answer: not run yet.");
    assert(finished.length < whole || !isOpen, `${name} has ${finished.length} runs and no answer`);
  }
});
