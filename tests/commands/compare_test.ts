import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { compareCommand } from "../../experiments/commands/compare.ts";
import { compareEvaluations } from "../../lib/runs/compare_evaluations.ts";
import { EvaluationFolder } from "../../lib/runs/evaluation_folder.ts";
import { readEvaluation } from "../../lib/runs/stored_evaluation.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import type { LabelMap } from "../../lib/images/image.ts";
import { folder } from "../../lib/data/folder.ts";
import { evaluate } from "../../lib/scoring/evaluate.ts";
import { windowProtocol } from "../../lib/families/protocol.ts";
import { greyPng, labelMap, withFolder } from "../data/fixtures.ts";
import { printedBy, warnedBy, writeTinyData } from "./tiny_data.ts";

const ownSize = windowProtocol({ base: null, window: 64, stride: 64 });

/** The folder of an evaluation of a predictor that gives these maps one after another. */
async function evaluationOf(
  path: string,
  val: Dataset,
  maps: readonly LabelMap[],
  protocol = ownSize,
): Promise<void> {
  let next = 0;
  const predict = () => {
    const labels = maps[next++]!;
    const confidence = new Float32Array(labels.data.length).fill(0.5);
    return Promise.resolve({ labels, confidence });
  };
  const files = await EvaluationFolder.create(path, val);
  const predictor = { classes: val.classes.length, predict };
  const { scores } = await evaluate(predictor, val, (scored) => files.add(scored));
  await files.finish({ weights: null, model: "made", data: val.name, protocol }, scores);
}

/** Tiny data and two evaluations: A is right on the first image, B on the second and all but there. */
async function withEvaluations(
  body: (dir: string, data: string, val: Dataset, maps: readonly LabelMap[]) => Promise<void>,
): Promise<void> {
  await withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const val = await folder(data, "val");
    const truth = await Promise.all([0, 1].map(async (i) => (await val.example(i)).labels));
    const ground = labelMap(64, 64, () => 0);
    await evaluationOf(join(dir, "a"), val, [truth[0]!, ground]);
    await evaluationOf(join(dir, "b"), val, [ground, truth[1]!]);
    await body(dir, data, val, truth);
  });
}

const compare = (...args: string[]) =>
  printedBy(() => compareCommand().parseAsync(args, { from: "user" }));

Deno.test("compare says who wins where, and draws the worst first", () =>
  withEvaluations(async (dir, data) => {
    const [a, b, out] = ["a", "b", "out"].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    const printed = await compare(a, b, "--data", data, "--out", out);
    for (const text of ["mIoU", "ground", "roof", "mean boundary IoU", "calibration error"]) {
      assertStringIncludes(printed, text);
    }
    assertStringIncludes(printed, "Of 2 images A is better on 1, B on 1, neither on 0.");

    const json = JSON.parse(await readFile(join(out, "comparison.json"), "utf8"));
    assertEquals(json.wins, { a: 1, b: 1, equal: 0 });
    // Image 0 has 20 columns of ground, 25 image 1; all ground is IoU 20/64 (25/64), 0 and 0.
    assertEquals(json.images, [
      { name: "0", a: 1, b: 20 / 64 / 3, difference: 20 / 64 / 3 - 1 },
      { name: "1", a: 25 / 64 / 3, b: 1, difference: 1 - 25 / 64 / 3 },
    ]);
    const ground = json.perClass[0];
    assertEquals([ground.name, ground.a, ground.b], ["ground", 45 / 84, 45 / 89]);
    assertEquals(json.interval[0] < 0 && json.interval[1] > 0, true);
    assertEquals(await readdir(join(out, "images")), ["01_0.jpg", "02_1.jpg"]);
    const { width } = await sharp(join(out, "images", "01_0.jpg")).metadata();
    assertEquals(width, 8 + 5 * (256 + 8));

    await compare(b, a, "--data", data, "--out", out, "--images", "1");
    assertEquals(await readdir(join(out, "images")), ["01_1.jpg"]);
    await assertRejects(
      () => compare(a, b, "--data", data, "--out", dir),
      RangeError,
      "an earlier comparison's needed",
    );
  }));

Deno.test("compare finds a run's evaluation and warns where protocols differ", () =>
  withEvaluations(async (dir, data, val, truth) => {
    const flipped = { ...ownSize, flip: true };
    await evaluationOf(join(dir, "run", "evaluation"), val, truth, flipped);
    const args = [join(dir, "a"), join(dir, "run"), "--data", data, "--out", join(dir, "out")];
    let printed = "";
    const warned = await warnedBy(async () => printed = await compare(...args));
    assertStringIncludes(printed, `B  ${join(dir, "run", "evaluation")}\n`);
    assertStringIncludes(warned, "A and B were tested differently");
    assertStringIncludes(warned, "B: images of their own size; windows of 64 pixels every 64; ");
    const same = [join(dir, "a"), join(dir, "b"), ...args.slice(2)];
    assert(!(await warnedBy(() => compare(...same))).includes("differently"));
  }));

Deno.test("compareEvaluations() gives an object that shows itself, equal to itself", () =>
  withEvaluations(async (dir, _, val) => {
    const a = await readEvaluation(join(dir, "a"));
    const same = await compareEvaluations(a, a, val);
    assertEquals(same.wins, { a: 0, b: 0, equal: 2 });
    assertEquals(same.interval, [0, 0]);
    assertEquals(new Set(same.metricRows().map((row) => row["B − A"])), new Set(["0.00", null]));
    const show = same as unknown as Record<symbol, () => Record<string, string>>;
    const shown = show[Symbol.for("Jupyter.display")]!()["text/markdown"]!;
    assertStringIncludes(shown, "| mIoU ");
    assertStringIncludes(shown, "neither on 2");
  }));

Deno.test("compare refuses evaluations of different data and says how they differ", () =>
  withEvaluations(async (dir, data, val, truth) => {
    const [a, b] = [join(dir, "a"), join(dir, "b")];
    const refused = async (message: string, ...args: string[]) => {
      const out = join(dir, "refused");
      await assertRejects(() => compare(...args, "--out", out), RangeError, message);
      assert(!existsSync(out));
    };
    await refused("got no such file; `deno task evaluate`", a, join(dir, "c"), "--data", data);

    const roofs = await writeTinyData(join(dir, "other"), ["ground", "wall", "tree"]);
    await refused("that differ are roof and wall", a, b, "--data", roofs);

    const other = join(dir, "d");
    await evaluationOf(other, { ...val, name: "another/val" }, truth);
    await refused(
      "on the same data needed, got tiny/val and another/val",
      a,
      other,
      "--data",
      data,
    );
    const both = [other, other];
    const scenes = "the data set another/val, which they are of, needed, got scenes/val; give that";
    await refused(`${scenes} as --data`, ...both, "--data", "scenes");
    await evaluationOf(other, { ...val, length: 1 }, truth);
    await refused(
      "1 only in the first (1) and 0 only in the second (none)",
      a,
      other,
      "--data",
      data,
    );

    const mask = labelMap(64, 64, (x) => x < 20 ? 0 : 2);
    await writeFile(join(dir, "val", "masks", "0.png"), greyPng(mask));
    await refused("the labels that it was evaluated on needed (mIoU 1)", a, b, "--data", data);
    await rm(join(b, "predictions", "0.png"));
    await refused("predictions/0.png: it needs the folder of a finished", b, b, "--data", data);
  }));
