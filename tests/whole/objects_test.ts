/** Panoptic and instance segmentation as a user does it: train, evaluate, segment, resume. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { evaluateCommand } from "../../experiments/commands/evaluate.ts";
import { segmentCommand } from "../../experiments/commands/segment.ts";
import { trainCommand } from "../../experiments/commands/train.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { readModel } from "../../lib/models/model_file.ts";
import { evaluateModel } from "../../lib/runs/evaluate_model.ts";
import { trainModel } from "../../lib/runs/train_model.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { printedBy, tinyTraining, warnedBy, writeTinyData } from "../commands/tiny_data.ts";
import { withFolder } from "../data/fixtures.ts";

const script = new URL("../../experiments/commands/train.ts", import.meta.url).pathname;
const things = [false, true, true];

/** Label maps whose description says which classes are of things. */
async function writeObjectData(dir: string): Promise<string> {
  const path = await writeTinyData(dir);
  const described = JSON.parse(await readFile(path, "utf8"));
  const classes = described.classes.map((one: object, i: number) => ({ ...one, thing: things[i] }));
  await writeFile(path, JSON.stringify({ ...described, classes }));
  return path;
}

const variant = ["--variant", "EoMT-T/16", "--steps", "3", "--threads", "1"];
const options = [...tinyTraining.slice(2), ...variant, "--checkpoint-every", "1"];
const train = (...args: string[]) => trainCommand().parseAsync(args, { from: "user" });
const jsonOf = async (path: string) => JSON.parse(await readFile(path, "utf8"));

/** Kills a training after its first checkpoint, or lets it end. */
async function trainAndKill(args: readonly string[], checkpoint: string): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args],
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isOver = false;
  const ended = child.status.then(() => void (isOver = true));
  while (!existsSync(checkpoint) && !isOver) await sleep(5);
  if (!isOver) child.kill("SIGKILL");
  await ended;
}

Deno.test({
  name: "a panoptic network is trained, resumed with equal bytes, evaluated and used",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (dir) => {
      const data = await writeObjectData(dir);
      const [out, parts] = [join(dir, "run"), join(dir, "parts")];
      const args = ["--data", data, "--task", "panoptic", ...options];
      let printed = "";
      const said = await warnedBy(async () => {
        printed = await printedBy(() => train(...args, "--out", out));
      });
      assertStringIncludes(said, "things of a class are told apart as connected components");
      assertStringIncludes(printed, "PQ of things");
      const path = join(out, "model.safetensors");
      assertEquals((await readModel(path)).things, things);

      await trainAndKill([...args, "--out", parts], join(parts, "checkpoint.safetensors"));
      await printedBy(() => train(...args, "--out", parts, "--resume"));
      for (const file of ["model.safetensors", "metrics.jsonl"]) {
        const [a, b] = await Promise.all([out, parts].map((run) => readFile(join(run, file))));
        assert(a!.equals(b!), `${file} differs`);
      }
      const { objects } = await jsonOf(join(out, "summary.json"));
      assertEquals((await jsonOf(join(parts, "summary.json"))).objects, objects);

      const scores = await printedBy(() =>
        evaluateCommand().parseAsync([out, "--data", data, "--threads", "1"], { from: "user" })
      );
      for (const text of ["mIoU", "PQ (%)", "things: PQ", "stuff: PQ", "as connected components"]) {
        assertStringIncludes(scores, text);
      }
      const evaluation = await jsonOf(join(out, "evaluation", "evaluation.json"));
      assertEquals(evaluation.objects.PQ ?? 0, objects.PQ);
      assertEquals(Object.keys(evaluation.objects.perClass), ["ground", "roof", "tree"]);
      assert(existsSync(join(out, "evaluation", "objects", "0_truth.png")));

      const segment = (...more: string[]) =>
        printedBy(() =>
          segmentCommand().parseAsync(
            [
              join(dir, "val", "images"),
              "--model",
              out,
              "--out",
              join(dir, "seg"),
              "--threads",
              "1",
              ...more,
            ],
            { from: "user" },
          )
        );
      assertStringIncludes(await segment(), "things: ");
      assertEquals((await jsonOf(join(dir, "seg", "panoptic.json"))).annotations.length, 2);
      assert(existsSync(join(dir, "seg", "panoptic", "0.png")));
      const classesAlone = await segment("--task", "semantic");
      assert(!classesAlone.includes("things: "), classesAlone);
      await assertRejects(
        () => segment("--task", "semantic", "--save", "panoptic"),
        RangeError,
        "Cannot save panoptic: objects needed",
      );
    }),
});

Deno.test("an instance network is trained, evaluated by COCO's numbers and used", () =>
  withFolder(async (dir) => {
    const data = await writeObjectData(dir);
    const out = join(dir, "run");
    const args = ["--data", data, "--task", "instance", ...options, "--out", out];
    assertStringIncludes(await printedBy(() => train(...args)), "mask AP ");
    const scores = await printedBy(() =>
      evaluateCommand().parseAsync([out, "--data", data, "--threads", "1"], { from: "user" })
    );
    for (const text of ["mIoU", "mask AP ", "average recall with 1, 10 and 100"]) {
      assertStringIncludes(scores, text);
    }
    const { objects } = await jsonOf(join(out, "evaluation", "evaluation.json"));
    const { AP, AP50, ARlarge, perClass } = objects;
    assert(AP >= 0 && AP50 >= AP && ARlarge !== undefined);
    assertEquals(perClass.ground, null, "stuff is no instance");
    await printedBy(() =>
      segmentCommand().parseAsync(
        [join(dir, "val", "images"), "--model", out, "--out", join(dir, "seg"), "--threads", "1"],
        { from: "user" },
      )
    );
    assertEquals((await jsonOf(join(dir, "seg", "instances.json"))).images.length, 2);
  }));

Deno.test("train refuses objects that nobody has told apart, and says what to do", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    await assertRejects(
      () => train("--data", data, "--task", "panoptic", ...options, "--out", join(dir, "run")),
      RangeError,
      'got nothing about it; say "thing": true or false of each class in a description',
    );
    const seg = ["--data", data, ...tinyTraining, "--steps", "1", "--threads", "1"];
    await assertRejects(
      () => train(...seg, "--task", "panoptic", "--out", join(dir, "seg")),
      RangeError,
      "a network of queries needed",
    );
  }));

Deno.test("trainModel() learns from images without objects, and evaluateModel() scores what it learned", async () => {
  const data = scenes({ seed: 1, split: "train", length: 2, size: 32 });
  const { instances: _, ...plain } = data;
  const nothing = { width: 32, height: 32, data: new Int32Array(32 * 32), segments: [] };
  const empty: Dataset = { ...plain, objects: () => Promise.resolve(nothing) };
  const losses: number[] = [];
  const model = await trainModel({
    network: "EoMT-T/16",
    task: "panoptic",
    data: empty,
    steps: 2,
    batch: 2,
    crop: 32,
    threads: 1,
    onStep: ({ loss }) => void losses.push(loss),
  });
  assert(losses.length === 2 && losses.every(Number.isFinite), `${losses}`);
  assertEquals(model.things, data.things);
  const { objects } = await evaluateModel(model, data, { threads: 1 });
  assertEquals(objects?.task, "panoptic");
});
