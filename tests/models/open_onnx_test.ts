import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { analyseCommand } from "../../experiments/commands/analyse.ts";
import { evaluateCommand } from "../../experiments/commands/evaluate.ts";
import { exportCommand } from "../../experiments/commands/export.ts";
import { segmentCommand } from "../../experiments/commands/segment.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import type { Protocol } from "../../lib/families/protocol.ts";
import { exportOnnx } from "../../lib/graph/export.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { exp } from "../../lib/graph/ops/math.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { fixedSight } from "../../lib/models/onnx_description.ts";
import {
  exportModel,
  onnxFile,
  type OnnxFileOptions,
  writeOnnx,
} from "../../lib/models/onnx_file.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { encodeOnnx } from "../../lib/onnx/bytes.ts";
import { segment } from "../../lib/segment/segment.ts";
import { conv } from "../../lib/nn/convolution.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import type { Scope } from "../../lib/nn/scope.ts";
import { openedOwn } from "../analysis/opened.ts";
import { printedBy, writeTinyData } from "../commands/tiny_data.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";

const published = await openModel(ownPath("containers/segmenter_small"));
const windows = { window: 48, stride: 32, enlarge: true };
const sight = { multiple: 1, ratios: [1], flip: false };
const model: OpenedModel = {
  ...published,
  window: 48,
  stride: 32,
  protocol: { ...sight, resize: { to: "own size" }, windows },
};

/** Larger than the windows along both sides, along one, and along none. */
const photos = [pattern(111, 70), pattern(60, 30), pattern(20, 33)];

/** What a model says of the photos, with the options of a predictor. */
async function labelled(opened: OpenedModel, int8 = false): Promise<Uint8Array[]> {
  const predictor = new NetworkPredictor({
    ...opened,
    threads: 1,
    precision: int8 ? "int8" : "single",
  });
  const found: Uint8Array[] = [];
  for (const photo of photos) found.push((await predictor.predict(photo)).labels.data);
  return found;
}

async function reopened(
  dir: string,
  opened: OpenedModel,
  options: Partial<OnnxFileOptions> = {},
): Promise<OpenedModel> {
  const path = join(dir, "model.onnx");
  await exportModel(opened, path, options);
  return await openModel(path);
}

const forms: Readonly<Record<string, Partial<OnnxFileOptions>>> = {
  "as it is": {},
  "in 8-bit integers": { int8: true },
  "with classes for any batch": { argmax: true, dynamicBatch: true },
};

for (const [form, options] of Object.entries(forms)) {
  Deno.test(`openModel() gives the checkpoint's classes for a file exported ${form}`, () =>
    withFolder(async (dir) => {
      const file = await reopened(dir, model, options);
      const int8 = options.int8 ?? false;
      assertEquals(file.kind, `${model.kind}, exported${int8 ? " with 8-bit integers" : ""}`);
      const { classes, palette, normalization, protocol, window, stride } = model;
      assertEquals(
        [file.classes, file.palette, file.normalization, file.protocol, file.window, file.stride],
        [classes, palette, normalization, protocol, window, stride],
      );
      const [found, wanted] = [await labelled(file), await labelled(model, int8)];
      assert(new Set(wanted[0]).size > 1, "the photo has several classes");
      assertEquals(found, wanted);
    }));
}

Deno.test("openModel() gives the checkpoint's classes where a file sees photos whole at one size", () =>
  withFolder(async (dir) => {
    const segformer = await openModel(ownPath("segformer_nvlabs.pth"));
    const resize = { to: "size", size: [64, 96], resampling: "bilinear" } as const;
    const whole = { ...segformer, protocol: { ...sight, resize, windows: null } };
    const file = await reopened(dir, whole);
    assertEquals(file.architecture.file!.window, [64, 96]);
    assertEquals(await labelled(file), await labelled(whole));
  }));

Deno.test("openModel() opens a network of one's own, unless its scores mean what only it knows", () =>
  withFolder(async (dir) => {
    const network = (p: Scope, images: Tensor) => {
      const [, , h, w] = images.dims(4);
      return {
        map: conv(p.at("c"), images, { out: 3, kernel: 4, stride: 4, bias: true }),
        height: h,
        width: w,
      };
    };
    const own = openedOwn(pixelModel(network), ["a", "b", "c"]);
    assertEquals(await labelled(await reopened(dir, own)), await labelled(own));
    const other = { ...pixelModel(network), probabilities: (scores: Tensor) => exp(scores) };
    const opening = reopened(dir, openedOwn(other, ["a", "b", "c"]));
    await assertRejects(
      () => opening,
      TypeError,
      "its scores become probabilities in a way of their own",
    );
  }));

Deno.test("openModel() finds weights that protobuf had no room for beside the file", () =>
  withFolder(async (dir) => {
    const path = join(dir, "model.onnx");
    const { window: [height, width] } = fixedSight(model);
    const options = { height, width, dynamicBatch: false, argmax: false, half: true, int8: false };
    await writeOnnx(path, onnxFile(model, options), 1000);
    const [[found], [wanted]] = [await labelled(await openModel(path)), await labelled(model)];
    const other = found!.reduce((sum, label, i) => sum + Number(label !== wanted![i]), 0);
    assert(other <= 0.01 * wanted!.length, `${other} pixels`); // half precision
    await Deno.remove(`${path}.data`);
    const message = `Cannot run ${path}: a whole file needed, with its .data beside it`;
    await assertRejects(async () => await labelled(await openModel(path)), TypeError, message);
  }));

Deno.test("segment() refuses what an exported file cannot do and says what can", () =>
  withFolder(async (dir) => {
    const file = await reopened(dir, model);
    const [photo] = photos;
    await segment(file, photo!, { stride: 16, flip: true, multiScale: true });
    const other = "on 32×32 pixels: the 48×48 that it was exported for needed";
    await assertRejects(() => segment(file, photo!, { window: 32 }), RangeError, other);
    const integers = { ...file, precision: "int8" as const };
    await assertRejects(
      () => segment(integers, photo!),
      RangeError,
      "in 8-bit integers: a checkpoint",
    );
    const device = segment(file, photo!, { device: "webgpu" });
    await assertRejects(() => device, RangeError, "on webgpu: a checkpoint needed");
    const again = exportModel(file, join(dir, "again.onnx"));
    await assertRejects(() => again, TypeError, "a checkpoint needed, got an exported file");
    const tensors = readTensors(join(dir, "model.onnx"));
    await assertRejects(() => tensors, TypeError, "got an ONNX file, which is run as it is");
  }));

Deno.test("openModel() refuses an ONNX file that Seglab did not export, or with other sides", () =>
  withFolder(async (dir) => {
    const path = join(dir, "other.onnx");
    const opening = () => openModel(path);
    await writeFile(path, "no model at all");
    await assertRejects(
      opening,
      TypeError,
      `Cannot open ${path}: an ONNX model needed, got other bytes`,
    );
    await writeFile(path, encodeOnnx(exportOnnx({ y: exp(input("x", [2])) })));
    const needed = "an ONNX file that Seglab exported needed";
    await assertRejects(opening, TypeError, needed);
    const whole = onnxFile(model, {
      ...{ height: 48, width: 48, dynamicBatch: false, argmax: false, half: false, int8: false },
    });
    await writeFile(path, encodeOnnx(whole).subarray(0, 5000));
    await assertRejects(opening, TypeError, "got other bytes");
    await exportModel(model, path, { height: 48, width: 64 });
    await assertRejects(opening, TypeError, "square windows needed");
  }));

Deno.test("segment, evaluate and analyse take an exported file, or say that they cannot", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const described = JSON.parse(await Deno.readTextFile(data));
    await writeFile(data, JSON.stringify({ ...described, classes: published.classes }));
    const [onnx, photo] = [join(dir, "mine.onnx"), join(dir, "photo.png")];
    await writeFile(photo, await encodeImage(photos[0]!));
    const user = { from: "user" } as const;
    const checkpoint = ownPath("containers/segmenter_small");
    await printedBy(() => exportCommand().parseAsync([checkpoint, "--onnx", onnx], user));
    const { window, protocol } = await openModel(onnx);
    const { stride } = (protocol as Protocol).windows!;
    const scores = async (name: string) => {
      const out = join(dir, "scores");
      const chosen = ["--window", `${window}`, "--stride", `${stride}`, "--threads", "1"];
      const args = [name, "--data", data, "--out", out, ...chosen];
      await printedBy(() => evaluateCommand().parseAsync(args, user));
      return await Deno.readTextFile(join(out, "images.jsonl"));
    };
    assertEquals(await scores(onnx), await scores(checkpoint));
    const drawn = printedBy(() =>
      segmentCommand().parseAsync([photo, "--model", onnx, "--out", join(dir, "drawn")], user)
    );
    assert(/mean confidence/.test(await drawn));
    const analysing = analyseCommand().parseAsync([onnx, photo, "--what", "distance"], user);
    await assertRejects(() => analysing, TypeError, "a checkpoint needed, got an exported file");
  }));
