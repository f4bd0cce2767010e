import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { previewAugmentationCommand } from "../../experiments/commands/preview_augmentation.ts";
import { trainCommand } from "../../experiments/commands/train.ts";
import { withFolder } from "../data/fixtures.ts";
import { printedBy, tinyTraining, warnedBy, writeTinyData } from "../commands/tiny_data.ts";

const run = (
  command: { parseAsync: ReturnType<typeof trainCommand>["parseAsync"] },
  args: string[],
) => command.parseAsync(args, { from: "user" });

Deno.test("preview-augmentation draws a sheet of images and draws", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "sheet.png");
    const args = [
      "--data",
      data,
      "--augment",
      "aerial",
      "--images",
      "2",
      "--draws",
      "3",
      "--out",
      out,
    ];
    const printed = await printedBy(() => run(previewAugmentationCommand(), args));
    assertStringIncludes(printed, out);
    const { width, height } = await sharp(out).metadata();
    assert(width === 8 + 3 * (256 + 8) && height! > 2 * 256, `${width}×${height}`); // crops of 64, 4 times
    const again = join(dir, "again.png");
    await printedBy(() => run(previewAugmentationCommand(), [...args.slice(0, -1), again]));
    assert((await readFile(out)).equals(await readFile(again)));
    const unknown = [...args.slice(0, 3), "arial", "--out", out];
    await assertRejects(
      () => run(previewAugmentationCommand(), unknown),
      RangeError,
      "street, aerial",
    );
  }));

Deno.test("train tells its plan, augments as it is asked to, and writes for TensorBoard", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "run");
    const options = [
      ...tinyTraining,
      "--data",
      data,
      "--steps",
      "2",
      "--threads",
      "1",
      "--out",
      out,
    ];
    const found = ["--find-lr", ...options];
    assertStringIncludes(await printedBy(() => run(trainCommand(), found)), "try --lr ");
    assertEquals((await readdir(out)).filter((name) => !name.startsWith(".")).sort(), [
      "lr.json",
      "lr.png",
      "lr.svg",
    ]);
    const chosen = [...options, "--augment", "street", "--no-flip", "--tensorboard"];
    const said = await warnedBy(() => printedBy(() => run(trainCommand(), chosen)));
    assertStringIncludes(
      said,
      "2 steps of 2 crops of 32×32 pixels · 0.667 epochs of 6 images · about",
    );
    assertStringIncludes(said, "step 2/2 · val mIoU ");
    const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
    assertEquals([config.flip, config.colour, config.extras.grey], [false, "photometric", 0.05]);
    const files = await readdir(out);
    assert(files.includes("report.html"));
    const [events] = files.filter((name) => name.startsWith("events.out.tfevents."));
    assertStringIncludes(await readFile(join(out, events!), "latin1"), "val/IoU/roof");
  }));
