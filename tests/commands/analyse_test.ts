import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { analyseCommand } from "../../experiments/commands/analyse.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";
import { printedBy } from "./tiny_data.ts";

const model = ownPath("containers/segmenter_small");
const segformer = ownPath("segformer_nvlabs.pth");
const analyse = (...args: string[]) =>
  printedBy(() => analyseCommand().parseAsync(args, { from: "user" }));

Deno.test("analyse writes numbers and pictures, and prints where they are", () =>
  withFolder(async (dir) => {
    await writeFile(join(dir, "photo.png"), await encodeImage(pattern(96, 64)));
    const cases = [
      ["attention", ["--layer", "1", "--head", "all", "--at", "50,20"], ["attention"]],
      ["distance", [], ["attention_distance"]],
      ["receptive-field", ["--with", segformer], ["receptive_field", "receptive_field_sides"]],
      ["similarity", ["--at", "3,4"], ["similarity"]],
    ] as const;
    for (const [what, options, names] of cases) {
      const out = join(dir, what);
      const args = [model, dir, "--what", what, "--side", "32", "--threads", "1", "--out", out];
      const said = await analyse(...args, ...options);
      const written = await readdir(out);
      for (const name of names) {
        assertEquals(written.includes(`${name}.png`), true, `${name} of ${written}`);
        assertStringIncludes(said, join(out, `${name}.png`));
      }
      assertEquals(written.includes(`${names[0]}.json`), true);
    }
  }));

Deno.test("analyse says what there is when it is used wrongly", () =>
  withFolder(async (dir) => {
    const photo = join(dir, "photo.png");
    await writeFile(photo, await encodeImage(pattern(96, 64)));
    await mkdir(join(dir, "empty"));
    const cases: [string[], string][] = [
      [[model, photo, "--what", "nothing"], "Allowed choices are attention, distance"],
      [[model, "--what", "distance"], "at least one image or folder of images needed, got none"],
      [[model, join(dir, "empty"), "--what", "distance"], "Cannot analyse"],
      [[model, "--what", "difference", "--side", "64"], "--data, --with needed, got --side"],
      [[model, photo, "--what", "distance", "--head", "1"], "--layer, --side needed, got --head"],
      [[model, photo, "--what", "attention", "--at", "1"], "two whole numbers like 120,80"],
      [[model, photo, "--what", "attention", "--layer", "7"], "one of the layers encoder.0, "],
      [[segformer, photo, "--what", "attention", "--rollout", "mean"], "keys reduced by 8"],
    ];
    for (const [args, text] of cases) {
      const { message } = await assertRejects(() => analyse(...args, "--out", join(dir, "out")));
      assertStringIncludes(message, text);
    }
  }));
