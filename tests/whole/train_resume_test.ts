import { existsSync } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { exportCommand } from "../../experiments/commands/export.ts";
import { trainCommand } from "../../experiments/commands/train.ts";
import { openAdapter } from "../../lib/models/adapter.ts";
import { readModel } from "../../lib/models/model_file.ts";
import { openModel } from "../../lib/models/open.ts";
import { withFolder } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";
import { printedBy, tinyTraining, warnedBy, writeTinyData } from "../commands/tiny_data.ts";

const train = (...args: string[]) => trainCommand().parseAsync(args, { from: "user" });
const refused = (message: string, ...args: string[]) =>
  assertRejects(() => train(...args), RangeError, message);

Deno.test("train --resume goes on by its folder alone, and makes a finished run longer", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "run");
    const options = [...tinyTraining, "--data", data, "--threads", "1", "--val-every", "0"];
    await printedBy(() => train(...options, "--steps", "2", "--out", out));
    const read = async (file: string) => await readFile(join(out, file), "utf8");
    const first = JSON.parse(await read("config.json"));
    assertEquals(JSON.parse(await read("given.json")).data, data);
    assert(!("continued" in first) && !("freeze" in first) && !("sample" in first));

    const alone = ["--resume", "--out", out];
    const left = await warnedBy(() => printedBy(() => train(...alone)));
    assertStringIncludes(left, `${out} holds the finished run: left as it is`);
    await refused("a later step than its last needed, got 2", ...alone, "--steps", "1");
    await refused("got --lr without --data", ...alone, "--lr", "0.1");
    const empty = join(dir, "none");
    await refused(
      "the folder of a run needed, got one without config.json",
      "--resume",
      "--out",
      empty,
    );

    const told = await warnedBy(() => printedBy(() => train(...alone, "--steps", "3")));
    assertStringIncludes(told, `Going on with ${out} at step 2 of 3`);
    const config = JSON.parse(await read("config.json"));
    assertEquals(config, { ...first, steps: 3, continued: [2] });
    assertEquals(JSON.parse(await read("summary.json")).steps, 3);
    const metrics = (await read("metrics.jsonl")).trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    assertEquals(metrics.map(({ step }) => step), [2, 3]);

    await rm(join(out, "checkpoint.safetensors"));
    await refused("its checkpoint needed, got none", ...alone, "--steps", "4");
    await rm(join(out, "summary.json"));
    await refused("one on its way to step 3: --resume finishes it", ...alone, "--steps", "4");
    await rm(join(out, "given.json"));
    await refused("the options that it was begun with needed", ...alone);
  }));

Deno.test("train --lora-rank writes an adapter that opens on its base as the whole network", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const options = [...tinyTraining, "--data", data, "--threads", "1", "--val-every", "0"];
    const base = join(dir, "base");
    const out = join(dir, "adapted");
    const adapted = ["--steps", "2", "--lora-rank", "4", "--lora-alpha", "8", "--out", out];
    await refused("weights to begin from (pretrained) needed", ...options, ...adapted);
    assert(!existsSync(out));
    await refused(
      "--lora-rank needed with --lora-alpha",
      ...options,
      "--lora-alpha",
      "8",
      "--out",
      out,
    );
    await refused("Cannot freeze 13 blocks", ...options, "--freeze", "13", "--out", out);

    await printedBy(() => train(...options, "--steps", "1", "--out", base));
    const weights = join(base, "model.safetensors");
    await printedBy(() => train(...options, ...adapted, "--pretrained", base));
    const model = await readModel(join(out, "model.safetensors"));
    assertEquals([model.config.loraRank, model.config.loraAlpha], [4, 8]);
    const file = join(out, "adapter.safetensors");
    const size = async (path: string) => (await stat(path)).size;
    assert(await size(file) < 0.02 * await size(weights), `${await size(file)} bytes`);
    const opened = await openAdapter(file, weights);
    assertSame(opened.weights, model.weights);
    const { weights: before } = await readModel(weights);
    assert(
      opened.weights.get("encoder.blocks.3.attn.qkv.weight")!.data.some((x, i) =>
        x !== before.get("encoder.blocks.3.attn.qkv.weight")!.data[i]
      ),
    );
    const name = "encoder.blocks.3.mlp.fc1.weight";
    assertSame(opened.weights.get(name), before.get(name));
    const whole = join(dir, "whole.safetensors");
    await printedBy(() =>
      exportCommand().parseAsync(
        [file, "--base", base, "--merged", whole],
        { from: "user" },
      )
    );
    assert((await readFile(whole)).equals(await readFile(join(out, "model.safetensors"))));
    await assertRejects(() => openModel(file), TypeError, "a whole network needed, got an adapter");
    const wrong = () => openAdapter(file, join(out, "model.safetensors"));
    await assertRejects(wrong, RangeError, "the checkpoint that its training began from needed");
    await assertRejects(() => openAdapter(weights, weights), TypeError, "an adapter.safetensors");
  }));
