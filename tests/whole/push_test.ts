import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pushCommand } from "../../experiments/commands/push.ts";
import { downloadCheckpoint } from "../../lib/hub/download.ts";
import { hubSettings } from "../../lib/hub/settings.ts";
import { writeModel } from "../../lib/models/model_file.ts";
import { openModel } from "../../lib/models/open.ts";
import { untrainedModel } from "../../lib/models/untrained.ts";
import { ownRecipe } from "../../lib/runs/recipes.ts";
import { SCHEMA, writeConfig, writeSummary } from "../../lib/runs/run_files.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { trainConfigSchema } from "../../lib/train/config.ts";
import { printedBy } from "../commands/tiny_data.ts";
import { withFolder } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";
import { HubServer, TOKEN } from "../hub/hub_server.ts";

const data = scenes({ seed: 1, split: "train", length: 2, size: 64 });
const [first, second] = data.classes;

/** The folder of a finished run whose network nobody has trained. */
async function runIn(dir: string, variant: string): Promise<string> {
  const folder = join(dir, "run");
  await mkdir(folder);
  const choices = { variant, accumulate: 1, checkpointEvery: 1, seed: 1, threads: 1 };
  const recipe = await ownRecipe(choices, data);
  const config = trainConfigSchema.parse({ ...recipe, pretrained: null });
  const { weights } = untrainedModel(variant, data, { window: config.crop });
  const name = { schema: SCHEMA, experiment: "train", run: "mine", seed: 1 } as const;
  await writeConfig(folder, { ...config, ...name, variant, data: "scenes/train" });
  await writeSummary(folder, {
    ...name,
    status: "finished",
    parameters: 1_234_567,
    steps: 1000,
    best: { step: 1000, mIoU: 0.5 },
    final: { mIoU: 0.4321, pixelAccuracy: 0.8, meanAccuracy: 0.6 },
    perClass: { [first!]: 0.1234, [second!]: null },
    weights: await writeModel(
      { config, classes: data.classes, palette: data.palette, weights },
      join(folder, "model.safetensors"),
    ),
  });
  return folder;
}

/** Runs a body with the hub's variables of a server and nobody else's. */
async function withHub(token: string | null, server: HubServer, body: () => Promise<void>) {
  const before = { HF_ENDPOINT: Deno.env.get("HF_ENDPOINT"), HF_TOKEN: Deno.env.get("HF_TOKEN") };
  Deno.env.set("HF_ENDPOINT", server.address);
  if (token === null) Deno.env.delete("HF_TOKEN");
  else Deno.env.set("HF_TOKEN", token);
  try {
    await body();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

const push = (...args: string[]) => pushCommand().parseAsync(args, { from: "user" });
const text = (contents: Uint8Array | string | undefined) =>
  typeof contents === "string" ? contents : new TextDecoder().decode(contents);

for (
  const [variant, kind, library] of [
    ["Seg-T/16", "Seglab Seg-T/16", "onnx"],
    ["SegFormer-B0", "Hugging Face SegFormer", "transformers"],
  ] as const
) {
  Deno.test(`push uploads ${variant} with a card, and download brings the same network`, () =>
    withFolder(async (dir) => {
      const run = await runIn(dir, variant);
      await using server = new HubServer({});
      await withHub(TOKEN, server, async () => {
        const said = await printedBy(() => push(run, "--to", "me/streets"));
        assertStringIncludes(said, "deno task download me/streets");
        const { files } = server.repositories["me/streets"]!;
        for (const path of ["README.md", "config.json", "model.onnx", "model.onnx.json"]) {
          assert(files[path] !== undefined, path);
        }
        const card = text(files["README.md"]);
        for (
          const part of [
            ...[`library_name: ${library}`, "scenes/train", "mIoU 43.21 %", "12.34 |"],
            ...[
              `"me/streets"`,
              "deno task segment photo.jpg --model me/streets",
              "model.onnx.json",
            ],
          ]
        ) {
          assertStringIncludes(card, part);
        }
        const { folder } = await downloadCheckpoint("me/streets", {
          settings: { ...hubSettings(), cache: join(dir, "cache") },
        });
        const [here, there] = [await openModel(run), await openModel(folder)];
        assertEquals([there.kind, there.classes], [kind, data.classes]);
        assertSame(there.weights, here.weights);

        await push(run, "--to", "me/streets"); // the repository is there: another commit
        // The token goes to the hub, and not to where large files are kept.
        const puts = server.seen.filter(({ request }) => request.startsWith("PUT"));
        assert(puts.length >= 2 && puts.every(({ authorization }) => authorization === null));
      });
    }));
}

Deno.test("push says what it needs: a token that may write, a repository's id, a finished run", () =>
  withFolder(async (dir) => {
    const run = await runIn(dir, "Seg-T/16");
    await using server = new HubServer({ "other/model": { files: {} } });
    const fails = (args: readonly string[], message: string) =>
      assertRejects(() => push(...args), Error, message);
    await withHub(null, server, async () => {
      await fails(
        [run, "--to", "me/a"],
        "Cannot upload to me/a: a token that may write needed in HF_TOKEN",
      );
    });
    await withHub("hf_other", server, async () => {
      await fails([run, "--to", "other/model"], "one in HF_TOKEN that may not");
    });
    await withHub(TOKEN, server, async () => {
      await fails([run, "--to", "streets"], 'Cannot upload to "streets": a model id such as');
      await fails([run, "--to", "me/a/file.pth"], "USER/NAME needed, got file.pth behind it");
      await fails([join(dir, "nothing"), "--to", "me/a"], "got no such file");
      server.faults.status = 503;
      await fails([run, "--to", "me/a"], "Cannot upload to me/a");
    });
    assertEquals(Object.keys(server.repositories), ["other/model"]);
  }));
