import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { networkFor } from "../../experiments/bench/bare_network.ts";
import { modelOf } from "../../lib/families/family.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { onnxFile, writeOnnx } from "../../lib/models/onnx_file.ts";
import { ownPath } from "../golden.ts";
import { randomArray } from "../random_array.ts";

const plain = {
  height: 37,
  width: 51,
  dynamicBatch: false,
  argmax: false,
  half: false,
  int8: false,
};

const opened = await openModel(ownPath("containers/segmenter_small"));

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "seglab-onnx-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The first output of a file for standard normal images. */
async function run(path: string, batch: number): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 });
  const { shape, data } = randomArray("images", [batch, 3, 37, 51]);
  const images = new ort.Tensor("float32", data, shape);
  const outputs = await session.run({ images });
  await session.release();
  return outputs[session.outputNames[0]!]!;
}

function distance(a: ort.Tensor, b: Float32Array): number {
  const values = a.data as Float32Array;
  return b.reduce((most, x, i) => Math.max(most, Math.abs(x - values[i]!)), 0);
}

const network = networkFor(modelOf(opened.architecture), opened.weights, 1);
const own = (await network(randomArray("images", [1, 3, 37, 51]))).data.slice();

Deno.test("writeOnnx() writes a file that runs to the network's logits", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    assertEquals(await writeOnnx(path, onnxFile(opened, plain)), [path]);
    const logits = await run(path, 1);
    assertEquals([...logits.dims], [1, opened.classes.length, 37, 51]);
    assert(distance(logits, own) < 1e-5);
  });
});

Deno.test("onnxFile() gives the largest class of each pixel for any batch when asked to", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    await writeOnnx(path, onnxFile(opened, { ...plain, argmax: true, dynamicBatch: true }));
    const labels = await run(path, 2);
    assertEquals([...labels.dims], [2, 37, 51]);
    const pixels = 37 * 51;
    const classes = opened.classes.length;
    const wrong = Array.from({ length: pixels }, (_, i) => i).filter((i) => {
      const scores = Array.from({ length: classes }, (_, c) => own[c * pixels + i]!);
      return scores.indexOf(Math.max(...scores)) !== labels.data[i];
    });
    assert(wrong.length <= pixels / 1000, `${wrong.length} of ${pixels} pixels differ`);
  });
});

Deno.test("onnxFile() with 8-bit integers runs to nearly the same logits, for any batch", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "int8.onnx");
    const largest = own.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    for (const dynamicBatch of [false, true]) {
      const model = onnxFile(opened, { ...plain, int8: true, dynamicBatch });
      assert(model.initializers.some(({ dtype }) => dtype === "int8"));
      await writeOnnx(path, model);
      const far = distance(await run(path, 1), own);
      assert(far > 0 && far < 0.1 * largest, `${far} of ${largest}`);
    }
  });
});

Deno.test("onnxFile() stores weights in half the bytes when asked to", async () => {
  await inFolder(async (folder) => {
    const [whole, half] = [join(folder, "whole.onnx"), join(folder, "half.onnx")];
    await writeOnnx(whole, onnxFile(opened, plain));
    await writeOnnx(half, onnxFile(opened, { ...plain, half: true }));
    assert((await stat(half)).size < 0.6 * (await stat(whole)).size);
    // 11 bits of each weight, relative to the largest logit.
    const largest = own.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert(distance(await run(half, 1), own) < 0.01 * largest);
  });
});

Deno.test("onnxFile() refuses half precision when a weight is beyond it", () => {
  const [name, { shape, data }] = [...opened.weights][0]!;
  const far = new Map([...opened.weights, [name, { shape, data: data.map(() => 1e6) }]]);
  const model: OpenedModel = { ...opened, weights: far };
  assertThrows(() => onnxFile(model, { ...plain, half: true }), RangeError, name);
});

Deno.test("onnxFile() says classes, palette and pixel statistics in its metadata", () => {
  const { metadata } = onnxFile(opened, plain);
  assertEquals(JSON.parse(metadata!.classes!), opened.classes);
  assertEquals(JSON.parse(metadata!.palette!), opened.palette);
  assertEquals(JSON.parse(metadata!.mean!), opened.normalization.mean);
  assertEquals(
    metadata!.input,
    "channels in the order red, green, blue; values 0 to 255, not 0 to 1, less the mean " +
      "(127.5, 127.5, 127.5), divided by the std (127.5, 127.5, 127.5)",
  );
});

Deno.test("writeOnnx() keeps weights in a file beside when protobuf has no room", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    const files = await writeOnnx(path, onnxFile(opened, plain), 1000);
    assertEquals(files, [path, `${path}.data`]);
    assert(distance(await run(path, 1), own) < 1e-5);
  });
});

Deno.test("writeOnnx() leaves nothing when its folder cannot be written", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    await assertRejects(() => writeOnnx(join(file, "model.onnx"), onnxFile(opened, plain)), Error);
  });
});
