/** What users do wrong, through the commands: a clear error, an exit code above 0, nothing lost. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { evaluateCommand } from "../../experiments/commands/evaluate.ts";
import { experimentCommand } from "../../experiments/commands/experiment.ts";
import { trainCommand } from "../../experiments/commands/train.ts";
import { greyPng, labelMap, withFolder } from "../data/fixtures.ts";
import { tinyTraining, writeTinyData } from "./tiny_data.ts";

const repository = new URL("../../", import.meta.url);

function run(command: string, ...args: string[]) {
  const script = new URL(`experiments/commands/${command}.ts`, repository).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args],
    env: { NO_COLOR: "1" },
  }).output();
}

const train = (...args: string[]) => trainCommand().parseAsync(args, { from: "user" });
const experiment = async (...args: string[]) =>
  await (await experimentCommand()).parseAsync(args, { from: "user" });

/** Trains on the tiny data after something was done to it; gives the error's message. */
async function trainingError(damage: (dir: string) => Promise<void>): Promise<string> {
  let message = "";
  await withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    await damage(dir);
    const args = [...tinyTraining, "--data", data, "--steps", "3", "--out", join(dir, "run")];
    message = (await assertRejects(() => train(...args))).message;
  });
  return message;
}

Deno.test("commands print one line without a stack and exit with 1 when they are used wrongly", async () => {
  const cases = [
    { args: ["experiment", "nope"], says: 'thin_classes needed, got "nope"' },
    { args: ["experiment", "start", "--foo"], says: "unknown option '--foo'; it is `deno task" },
    { args: ["train", "--data", "x"], says: "required option '--out <folder>' not specified" },
    {
      args: ["segment", "x.jpg", "--modle", "y"],
      says: "'--model <name>' not specified, and unknown option '--modle'; it is",
    },
    { args: ["train", "--out", "x"], says: "--data needed, or a --preset that has one" },
    {
      args: ["evaluate", "/nowhere", "--data", "scenes"],
      says: 'got "/nowhere", which is not there',
    },
  ] as const;
  await Promise.all(cases.map(async ({ args: [command, ...args], says }) => {
    const { code, stdout, stderr } = await run(command, ...args);
    // Deno says so when several of it start at once.
    const text = new TextDecoder().decode(stderr).replace(
      /^Blocking waiting for file lock.*\n/gm,
      "",
    );
    assertEquals([code, stdout.length, text.trimEnd().split("\n").length], [1, 0, 1], text);
    assert(text.startsWith("Error: Cannot "), text);
    assertStringIncludes(text, says);
  }));
});

Deno.test("experiment --help lists the experiments with question, minutes and runs", async () => {
  const { code, stdout } = await run("experiment", "--help");
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0);
  for (const part of ["accuracy_vs_speed (", "minutes on 2 cores): What", "t-mask-16-random"]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("experiment says what is needed when a run, data or weights are missing", async () => {
  const name = "accuracy_vs_speed";
  await assertRejects(() => experiment(name, "--run", "t-9"), RangeError, "t-linear-8 needed, got");
  await assertRejects(() => experiment(name), RangeError, "--pretrained FILE needed");
  const [run, data] = [["--run", "t-mask-16-random"], ["--data", "/nowhere"]];
  await assertRejects(
    () => experiment(name, ...run!, ...data!),
    RangeError,
    "which is neither a name nor there",
  );
  await assertRejects(
    () => experiment("start", ...data!),
    RangeError,
    "which is neither a name nor there",
  );
});

Deno.test("train refuses an unknown variant and a crop below the patch before it writes", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "run");
    const options = ["--data", data, "--out", out];
    const unknown = train(...options, "--variant", "Seg-X/16");
    await assertRejects(() => unknown, RangeError, 'needed, got "Seg-X/16"');
    const small = train(...options, "--variant", "Seg-T/16", "--crop", "8");
    await assertRejects(() => small, RangeError, "at least one patch of 16 pixels needed, got 8");
    const negative = train(...options, "--variant", "Seg-T/16", "--lr", "-1");
    await assertRejects(() => negative, Error, "a number above 0 is needed");
    const nothing = train("--data", "nowhere", "--out", out, "--variant", "Seg-T/16");
    await assertRejects(() => nothing, RangeError, '"nowhere", which is neither a name');
    assert(!existsSync(out));
  }));

Deno.test("train leaves a folder alone when it holds what is not a run", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "letters");
    await mkdir(out);
    await writeFile(join(out, "summary.json"), "mine");
    const options = ["--data", data, "--out", out, "--variant", "Seg-T/16"];
    await assertRejects(() => train(...options), RangeError, "got one with summary.json");
    await assertRejects(() => train(...options, "--resume"), RangeError, "choose another --out");
    assertEquals(await readFile(join(out, "summary.json"), "utf8"), "mine");
  }));

Deno.test("train names the file when an image is corrupt", async () => {
  const message = await trainingError(async (dir) => {
    const path = join(dir, "train", "images", "3.png");
    await writeFile(path, (await readFile(path)).subarray(0, 500));
  });
  assertStringIncludes(message, "train/images/3.png: needs a readable image");
});

Deno.test("train names both files when a mask is of another size than its image", async () => {
  const message = await trainingError((dir) =>
    writeFile(join(dir, "train", "masks", "2.png"), greyPng(labelMap(60, 64, () => 0)))
  );
  assertStringIncludes(message, "train/masks/2.png: the mask has 60×64 pixels, its image ");
  assertStringIncludes(message, "train/images/2.png 64×64");
});

Deno.test("train names file, value and pixels when a label is outside the classes", async () => {
  const message = await trainingError((dir) =>
    writeFile(join(dir, "train", "masks", "5.png"), greyPng(labelMap(64, 64, (x) => x < 2 ? 7 : 0)))
  );
  assertStringIncludes(message, "train/masks/5.png");
  assertStringIncludes(message, "value 7 in 128 pixels");
});

Deno.test("evaluate refuses a file that is no model of ours", () =>
  withFolder(async (dir) => {
    const path = join(dir, "model.safetensors");
    await writeFile(path, "no safetensors");
    const evaluate = evaluateCommand().parseAsync([path, "--data", "scenes"], { from: "user" });
    await assertRejects(
      () => evaluate,
      Error,
      `Cannot read ${path}: it needs a PyTorch, safetensors or npz file`,
    );
  }));
