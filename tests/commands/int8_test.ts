import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertRejects } from "@std/assert";
import { evaluateCommand } from "../../experiments/commands/evaluate.ts";
import { exportCommand } from "../../experiments/commands/export.ts";
import { segmentCommand } from "../../experiments/commands/segment.ts";
import { withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";
import { printedBy, writeTinyData } from "./tiny_data.ts";

const model = ownPath("containers/segmenter_small");
const classes = Array.from({ length: 7 }, (_, i) => `class ${i}`);

Deno.test("export --int8 says on data what it changes, and evaluate and segment run it", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const described = JSON.parse(await readFile(data, "utf8"));
    await writeFile(data, JSON.stringify({ ...described, classes }));
    const onnx = join(dir, "int8.onnx");
    const exporting = (...args: string[]) =>
      printedBy(() =>
        exportCommand().parseAsync([model, "--onnx", onnx, "--data", data, ...args], {
          from: "user",
        })
      );
    await assertRejects(() => exporting(), TypeError, "--int8 needed, got none");
    const printed = await exporting("--int8");
    assert(/32-bit floats +\d{3} kB +\d/.test(printed));
    assert(/8-bit integers +\d{3} kB +\d/.test(printed));
    assert(/of the pixels of 2 images get another class/.test(printed));

    const scored = (...args: string[]) =>
      printedBy(() =>
        evaluateCommand().parseAsync(
          [model, "--data", data, "--out", join(dir, "scores"), ...args],
          { from: "user" },
        )
      );
    const images = () => readFile(join(dir, "scores", "images.jsonl"), "utf8");
    await scored();
    const floats = await images();
    await scored("--int8");
    assert(await images() !== floats);
    await assertRejects(() => scored("--half"), RangeError, "webgpu needed, got cpu");
    await assertRejects(() => scored("--half", "--int8"), TypeError, "got both");

    const photos = join(dir, "val", "images");
    const drawn = printedBy(() =>
      segmentCommand().parseAsync(
        [photos, "--model", model, "--out", join(dir, "drawn"), "--int8"],
        { from: "user" },
      )
    );
    assert(/2 pictures together/.test(await drawn));
  }));
