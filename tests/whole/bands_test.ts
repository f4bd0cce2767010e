import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromArrayBuffer } from "geotiff";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { evaluateCommand } from "../../experiments/commands/evaluate.ts";
import { exportCommand } from "../../experiments/commands/export.ts";
import { segmentCommand } from "../../experiments/commands/segment.ts";
import { trainCommand } from "../../experiments/commands/train.ts";
import { decodeLabels } from "../../lib/images/decode.ts";
import { openModel } from "../../lib/models/open.ts";
import { withFolder } from "../data/fixtures.ts";
import { bandTiff, writeBandData } from "../commands/band_data.ts";
import { printedBy, tinyTraining } from "../commands/tiny_data.ts";

const user = { from: "user" } as const;

Deno.test("train, evaluate, segment and export work on GeoTIFFs of five bands", () =>
  withFolder(async (dir) => {
    const data = await writeBandData(dir, 5);
    const run = join(dir, "run");
    const args = [...tinyTraining, "--data", data, "--threads", "1", "--out", run];
    const trained = await printedBy(() =>
      trainCommand().parseAsync([...args, "--steps", "8", "--augment", "medical"], user)
    );
    assert(trained.includes("Images: 5 bands as stored"), trained);
    const { bands, colour } = JSON.parse(await readFile(join(run, "config.json"), "utf8"));
    assertEquals([bands.mean.length, bands.std.length, colour], [5, 5, "none"]);
    assertEquals(bands.mean.map((x: number) => Math.floor(x / 1000)), [1, 2, 3, 4, 5]);

    const scores = await printedBy(() =>
      evaluateCommand().parseAsync([run, "--data", data, "--threads", "1"], user)
    );
    assert(scores.includes("mIoU"), scores);

    const { normalization, reading } = await openModel(run);
    assertEquals([normalization.mean, reading], [bands.mean, { channels: 5 }]);
    const out = join(dir, "out");
    const scene = join(dir, "val/images/0.tif");
    await printedBy(() =>
      segmentCommand().parseAsync([scene, "--model", run, "--out", out, "--threads", "1"], user)
    );
    const file = await readFile(join(out, "0_labels.tif"));
    const image = await (await fromArrayBuffer(new Uint8Array(file).buffer)).getImage();
    assertEquals(image.getOrigin(), [500_000, 5_400_000, 0]);
    const labels = await image.readRasters({ interleave: true });
    assertEquals([...labels as Uint8Array], [
      ...(await decodeLabels(join(out, "0_labels.png"))).data,
    ]);

    await writeFile(join(dir, "four.tif"), bandTiff(4, 20));
    const four = [join(dir, "four.tif"), "--model", run, "--out", out, "--threads", "1"];
    const skipped = await assertRejects(() =>
      printedBy(() => segmentCommand().parseAsync(four, user))
    );
    assert((skipped as Error).message.includes("1 of 1 pictures"));

    const onnx = join(dir, "model.onnx");
    await printedBy(() => exportCommand().parseAsync([run, "--onnx", onnx], user));
    const session = await ort.InferenceSession.create(onnx, { logSeverityLevel: 3 });
    const images = new ort.Tensor("float32", new Float32Array(5 * 32 * 32), [1, 5, 32, 32]);
    const { logits } = await session.run({ images });
    assertEquals([...logits!.dims], [1, 2, 32, 32]);
    await session.release();
  }));

Deno.test("train refuses bands for a preset, and more than 16", () =>
  withFolder(async (dir) => {
    const data = await writeBandData(dir, 5);
    const args = ["--data", data, "--out", join(dir, "run"), "--threads", "1"];
    const refused = (...more: string[]) =>
      assertRejects(() => trainCommand().parseAsync([...args, ...more], user), RangeError);
    const preset = await refused("--preset", "segmenter/ade20k");
    assert(preset.message.includes("a published recipe needs RGB images, got 5 bands"));
    const many = await refused("--variant", "Seg-T/16", "--channels", "17");
    assert(many.message.includes("1 to 16 bands (--channels) needed, got 17"));
  }));
