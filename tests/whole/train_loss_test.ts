import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { trainCommand } from "../../experiments/commands/train.ts";
import { withFolder } from "../data/fixtures.ts";
import { printedBy, tinyTraining, warnedBy, writeTinyData } from "../commands/tiny_data.ts";

const train = (...args: readonly string[]) => trainCommand().parseAsync(args, { from: "user" });

Deno.test("train keeps loss, weights in numbers and smoothing in config.json, and goes on with them", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "run");
    const options = [...tinyTraining, "--data", data, "--threads", "1", "--steps", "2"];
    const loss = ["--loss", "ce + 0.5*dice", "--label-smoothing", "0.1"];
    const args = [...options, ...loss, "--class-weights", "balanced", "--out", out];
    const said = await warnedBy(() => printedBy(() => train(...args)));
    assertStringIncludes(said, "Balanced class weights: ground ");
    const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
    assertEquals([config.loss, config.labelSmoothing], ["ce+0.5*dice", 0.1]);
    assertEquals(config.classWeights.length, 3);
    await printedBy(() => warnedBy(() => train(...args, "--resume")));
    const weights = config.classWeights.join();
    const same = [...options, ...loss, "--class-weights", weights, "--out", out, "--resume"];
    await printedBy(() => warnedBy(() => train(...same)));
    await assertRejects(
      () => printedBy(() => train(...options, "--out", out, "--resume")),
      RangeError,
      "loss not given in place of ce+0.5*dice",
    );
  }));

const wrong: Readonly<Record<string, readonly [args: readonly string[], message: string]>> = {
  "a loss is unknown": [["--loss", "dise"], 'Cannot take the loss "dise": one of ce, dice(smooth'],
  "weights are words": [["--class-weights", "equal"], '"balanced" or a number from 0 on'],
  "weights are too few": [
    ["--class-weights", "1,2"],
    "a weight for each of 3 classes needed, got 2",
  ],
  "nothing is smoothed": [["--loss", "dice", "--label-smoothing", "0.1"], "a loss with ce needed"],
};
for (const [what, [args, message]] of Object.entries(wrong)) {
  Deno.test(`train says what is needed when ${what}`, () =>
    withFolder(async (dir) => {
      const data = await writeTinyData(dir);
      const out = join(dir, "run");
      await assertRejects(
        () => train(...tinyTraining, "--data", data, "--out", out, ...args),
        Error,
        message,
      );
    }));
}
