import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { evaluateCommand } from "../../experiments/commands/evaluate.ts";
import { trainCommand } from "../../experiments/commands/train.ts";
import { withFolder } from "../data/fixtures.ts";
import { printedBy, tinyTraining, warnedBy, writeTinyData } from "../commands/tiny_data.ts";

const script = new URL("../../experiments/commands/train.ts", import.meta.url).pathname;

function spawnTraining(args: readonly string[], shell = 'exec "$@"'): Deno.ChildProcess {
  const command = [Deno.execPath(), "run", "-A", "--no-check", script, ...args];
  return new Deno.Command("sh", {
    args: ["-c", shell, "sh", ...command],
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function ended(child: Deno.ChildProcess): Promise<{ code: number; stderr: string }> {
  const stderr = await new Response(child.stderr).text();
  return { code: (await child.status).code, stderr };
}

/** Kills a training run after its first checkpoint. */
async function trainAndKill(args: readonly string[], checkpoint: string): Promise<void> {
  const child = spawnTraining(args);
  const stderr = ended(child);
  while (!existsSync(checkpoint)) {
    const early = await Promise.race([stderr, sleep(5)]);
    if (early) throw new Error(`training ended before its first checkpoint: ${early.stderr}`);
  }
  child.kill("SIGKILL");
  await stderr;
}

Deno.test({
  name: "train gives the same bytes when it was killed, met a full disk and was resumed",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (dir) => {
      const data = await writeTinyData(dir);
      const options = [...tinyTraining, "--data", data, "--steps", "9", "--threads", "1"];
      const args = (out: string) => {
        return [...options, "--checkpoint-every", "3", "--out", join(dir, out)];
      };
      const whole = ended(spawnTraining(args("whole")));

      const checkpoint = join(dir, "parts", "checkpoint.safetensors");
      await trainAndKill(args("parts"), checkpoint);
      assert(!existsSync(join(dir, "parts", "model.safetensors")));
      const saved = await readFile(checkpoint);

      // 20 or 40 MB, as the shell counts; a checkpoint has 67. XFSZ would end the process at once.
      const limited = spawnTraining(
        [...args("parts"), "--resume"],
        `trap '' XFSZ; ulimit -f 40000; exec "$@"`,
      );
      const full = await ended(limited);
      assertEquals(full.code, 1, full.stderr);
      assertStringIncludes(
        full.stderr,
        `Error: Cannot write ${join(dir, "parts")}/`,
      );
      assert(saved.equals(await readFile(checkpoint)));

      const refused = (...args: string[]) =>
        assertRejects(() => trainCommand().parseAsync(args, { from: "user" }), RangeError);
      const { message } = await refused(...args("parts"));
      assertStringIncludes(message, "one with a run (unfinished); --resume goes on with it");
      const longer = await refused(...args("parts"), "--resume", "--steps", "12");
      assertStringIncludes(
        longer.message,
        "the settings that the run there began with needed, got steps 12 in place of 9; give the same " +
          "--steps as before, or choose another --out",
      );

      const unfinished = evaluateCommand()
        .parseAsync([join(dir, "parts"), "--data", data], { from: "user" });
      await assertRejects(
        () => unfinished,
        RangeError,
        "a finished run needed, got an unfinished one; go on with it by `deno task train`",
      );

      const resumed = await ended(spawnTraining([...args("parts"), "--resume"]));
      assertStringIncludes(resumed.stderr, `Going on with ${join(dir, "parts")} at step `);
      assertEquals([resumed.code, (await whole).code], [0, 0], resumed.stderr);
      const same = ["model", "best"].map((name) => `${name}.safetensors`);
      same.push("metrics.jsonl", "images/1.jpg");
      for (const file of same) {
        const [a, b] = await Promise.all(["whole", "parts"].map((run) => {
          return readFile(join(dir, run, file));
        }));
        assert(a!.equals(b!), `${file} differs`);
      }
      const [report, other] = await Promise.all(["whole", "parts"].map((run) => {
        return readFile(join(dir, run, "report.html"), "utf8");
      }));
      assertEquals(other!.replaceAll("parts: ", "whole: "), report); // the run's name is its title
      assert(existsSync(checkpoint)); // a longer run goes on from it
    }),
});

Deno.test("evaluate scores what train wrote and refuses other classes", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "run");
    const training = [...tinyTraining, "--data", data, "--steps", "2", "--out", out];
    const trained = await printedBy(() => trainCommand().parseAsync(training, { from: "user" }));
    assertStringIncludes(trained, "mIoU");
    for (const file of ["config.json", "metrics.jsonl", "environment.json", "overlays.jpg"]) {
      assert(existsSync(join(out, file)), file);
    }

    const continued = [...training.slice(0, -1), join(dir, "again"), "--pretrained", out];
    const said = await warnedBy(() =>
      trainCommand().parseAsync([...continued, "--resume"], { from: "user" })
    );
    assertStringIncludes(said, `Nothing to resume in ${join(dir, "again")}: a new run begins`);
    assert(/a network of Seglab: gives (\d+) of \1 parameters, 0 of its tensors/.test(said), said);

    // A run of an earlier version, whose windows lay side by side, goes on with them.
    const path = join(out, "config.json");
    const config = JSON.parse(await readFile(path, "utf8"));
    assertEquals([config.crop, config.stride], [32, 16]);
    await writeFile(path, JSON.stringify({ ...config, stride: 32 }));
    const resumed = await warnedBy(() =>
      trainCommand().parseAsync([...training, "--resume"], { from: "user" })
    );
    assertStringIncludes(resumed, "holds the finished run: left as it is");
    await writeFile(path, JSON.stringify(config));

    const evaluate = (...args: string[]) =>
      printedBy(() =>
        evaluateCommand().parseAsync([out, "--threads", "1", ...args], { from: "user" })
      );
    const printed = await evaluate("--data", data, "--stride", "16");
    const protocol = "images of their own size; windows of 32 pixels every 16; scale 1; no mirror";
    const files = ["confusion.json", "predictions", "iou_by_size.png", "overlays.jpg"];
    for (
      const text of [
        ...["ground", "roof", "tree", "pixel accuracy", "Seglab Seg-T/16 on tiny/val (images: 2)"],
        ...[protocol, ...files.map((name) => join(out, "evaluation", name))],
      ]
    ) {
      assertStringIncludes(printed, text);
    }
    const json = JSON.parse(await readFile(join(out, "evaluation", "evaluation.json"), "utf8"));
    assertEquals([json.data, json.images], ["tiny/val", 2]);
    assertEquals(json.protocol.windows, { window: 32, stride: 16, enlarge: true });
    assertEquals(Object.keys(json.perClass), ["ground", "roof", "tree"]);
    assert(existsSync(join(out, "evaluation", "overlays.jpg")));

    const drawn = JSON.parse(
      await readFile(join(out, "evaluation", "images", "drawn.json"), "utf8"),
    );
    assertEquals(drawn.map(({ name }: { name: string }) => name), ["0", "1"]);
    const scaled = await evaluate("--data", data, "--protocol", "segmenter");
    assertStringIncludes(
      scaled,
      `overwriting the earlier evaluation in ${join(out, "evaluation")}`,
    );
    assertStringIncludes(scaled, "segmenter has no protocol of its own for tiny");

    const again = await evaluate("--data", data);
    assertEquals(
      again.split("\n").find((line) => line.startsWith("mIoU")),
      trained.split("\n")
        .find((line) => line.startsWith("mIoU")),
    );

    const other = await writeTinyData(join(dir, "other"), ["ground", "wall", "tree"]);
    await assertRejects(
      () => evaluate("--data", other),
      RangeError,
      "the model's classes needed (ground, roof, tree), got a list without roof and with wall;",
    );
    await assertRejects(
      () => evaluate("--data", data, "--out", out),
      RangeError,
      "an empty folder or an earlier evaluation's needed",
    );
  }));
