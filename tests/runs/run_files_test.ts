import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { describeEnvironment, VERSIONS } from "../../lib/runs/environment.ts";
import {
  appendMetrics,
  type Config,
  readConfig,
  readEnvironment,
  readMetrics,
  readSummary,
  runFolder,
  type Summary,
  truncateMetrics,
  writeConfig,
  writeEnvironment,
  writeSummary,
} from "../../lib/runs/run_files.ts";

const name = { experiment: "accuracy_vs_speed", run: "mask-16", seed: 0 };

const config: Config = {
  schema: 1,
  ...name,
  variant: "Seg-T-Mask/16",
  threads: 2,
  crop: 240,
  optimizer: { name: "adamw", rate: 2e-4 },
};

const summary: Summary = {
  schema: 1,
  status: "finished",
  ...name,
  parameters: 7_050_000,
  steps: 1350,
  best: { step: 1300, mIoU: 0.65 },
  final: { mIoU: 0.6474, pixelAccuracy: 0.9, meanAccuracy: 0.7 },
  perClass: { sky: 0.925, pole: 0.012, void: null },
  weights: "0123456789abcdef".repeat(4),
};

async function inRunFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const results = await Deno.makeTempDir({ prefix: "seglab-" });
  try {
    await body(runFolder(results, name));
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

Deno.test("runFolder() gives experiment, run and seed and refuses names that leave the folder", () => {
  assertEquals(runFolder("results", name), join("results", "accuracy_vs_speed", "mask-16-s0"));
  assertThrows(() => runFolder("results", { ...name, run: "../up" }), SyntaxError, '"../up"');
});

Deno.test("writeConfig() and writeSummary() give back what they were given", () =>
  inRunFolder(async (folder) => {
    await writeConfig(folder, config);
    await writeSummary(folder, summary);
    assertEquals(await readConfig(folder), config);
    assertEquals(await readSummary(folder), summary);
  }));

Deno.test("writeSummary() writes the same bytes whatever the order of keys", () =>
  inRunFolder(async (folder) => {
    await writeSummary(folder, summary);
    const first = await readFile(join(folder, "summary.json"), "utf8");
    await writeSummary(folder, Object.fromEntries(Object.entries(summary).reverse()) as Summary);
    assertEquals(await readFile(join(folder, "summary.json"), "utf8"), first);
    assert(first.startsWith('{\n  "schema": 1,\n  "status": "finished",\n'));
  }));

Deno.test("writeSummary() refuses a share above 1, a time and an older schema", () =>
  inRunFolder(async (folder) => {
    const bad = { ...summary, seconds: 684, schema: 0, perClass: { sky: 92.5 } };
    const error = await assertRejects(
      () => writeSummary(folder, bad as unknown as Summary),
      SyntaxError,
      "summary.json: it needs to fit its schema",
    );
    for (const part of ["seconds", "at schema", "at perClass.sky"]) {
      assertStringIncludes(error.message, part);
    }
  }));

Deno.test("readSummary() says what to do when there is no such run or it is not JSON", () =>
  inRunFolder(async (folder) => {
    await assertRejects(() => readSummary(folder), Error, "got no such file; run it first");
    await writeConfig(folder, config);
    await writeFile(join(folder, "summary.json"), "{");
    await assertRejects(() => readSummary(folder), SyntaxError, "it needs to be JSON, got {");
  }));

Deno.test("truncateMetrics() removes what a resumed run writes again", () =>
  inRunFolder(async (folder) => {
    await truncateMetrics(folder, 0);
    for (const step of [100, 200, 300]) {
      await appendMetrics(folder, { "train/loss": 100 / step, step, "grad/norm": 0.7 });
    }
    await truncateMetrics(folder, 200);
    const text = await readFile(join(folder, "metrics.jsonl"), "utf8");
    assertEquals(text.split("\n")[0], '{"step":100,"train/loss":1,"grad/norm":0.7}');
    assertEquals((await readMetrics(folder)).map(({ step }) => step), [100, 200]);
  }));

Deno.test("appendMetrics() names the metric and the step when a number is not finite", () =>
  inRunFolder(async (folder) => {
    await assertRejects(
      () => appendMetrics(folder, { step: 7, "train/loss": NaN }),
      RangeError,
      "Cannot log step 7: train/loss needs to be a finite number, got NaN",
    );
  }));

Deno.test("describeEnvironment() describes this machine, without a commit where there is no git", () =>
  inRunFolder(async (folder) => {
    const started = new Date("2024-05-06T07:08:09Z");
    const course = { threads: 2, started, seconds: 1.26, speeds: { inference: 12.5 } };
    const environment = await describeEnvironment(join(folder, "missing"), course);
    await writeEnvironment(folder, environment);
    assertEquals(await readEnvironment(folder), environment);
    assertEquals(environment.commit, null);
    assertEquals(environment.started, "2024-05-06T07:08:09.000Z");
    assertEquals(environment.seconds, 1.3);
    assertEquals(environment.versions, { ...VERSIONS, ...Deno.version });
  }));

Deno.test("VERSIONS are those of deno.json", () => {
  const { version: seglab, imports } = manifest;
  const runtime = imports["onnxruntime-node"].slice("npm:onnxruntime-node@".length);
  assertEquals(VERSIONS, { seglab, "onnxruntime-node": runtime });
});
