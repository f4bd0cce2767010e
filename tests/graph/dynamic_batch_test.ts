import { assertEquals, assertThrows } from "@std/assert";
import * as ort from "onnxruntime-node";
import { sizeOf } from "../../lib/array.ts";
import { withDynamicBatch } from "../../lib/graph/dynamic_batch.ts";
import { exportOnnx } from "../../lib/graph/export.ts";
import { constant, input, type Tensor } from "../../lib/graph/tensor.ts";
import { add } from "../../lib/graph/ops/math.ts";
import { initialize } from "../../lib/nn/init.ts";
import { logitsOf, type Scores } from "../../lib/nn/scores.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { segmenter } from "../../lib/families/segmenter/segmenter.ts";
import { swinUnet } from "../../lib/families/swin_unet/swin_unet.ts";
import { transunet } from "../../lib/families/transunet/transunet.ts";
import { upernet } from "../../lib/families/upernet/upernet.ts";
import { encodeOnnx } from "../../lib/onnx/bytes.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";
import { randomArray } from "../random_array.ts";
import { tinySegmenter } from "../train/tiny.ts";

const encoder = { dim: 8, depths: [2, 1, 1, 1], heads: [1, 2, 2, 4], window: 3, dropPath: 0 };

/** A plain network, and those that cut images into windows, pool them and norm groups of channels. */
const networks: Readonly<Record<string, (p: Scope, images: Tensor) => Scores>> = {
  Segmenter: (p, images) => segmenter(p, images, tinySegmenter(0)),
  UPerNet: (p, images) => {
    const auxiliary = { channels: 4, convolutions: 1 };
    return upernet(p, images, { encoder, channels: 8, auxiliary, dropout: 0, classes: 3 });
  },
  "Swin-Unet": (p, images) => swinUnet(p, images, { image: 32, encoder, classes: 3 }),
  TransUNet: (p, images) =>
    transunet(p, images, {
      ...{ width: 32, units: [1, 1, 1], image: 32, dim: 8, heads: 2, layers: 1, hidden: 16 },
      ...{ dropout: 0, decoder: [8, 8, 4, 4], skips: 3, classes: 3 },
    }),
};

function exported(name: string, batch: number): OnnxModel {
  const images = input("images", [batch, 3, 37, 51]);
  const net = Scope.build(false, (p) => networks[name]!(p, images));
  return exportOnnx({ logits: logitsOf(net.outputs, 37, 51) }, initialize(net.parameters, 1));
}

async function run(model: OnnxModel, batch: number): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(encodeOnnx(model), { logSeverityLevel: 3 });
  const shape = [batch, 3, 37, 51];
  const { data } = randomArray("images", [5, 3, 37, 51]);
  const images = new ort.Tensor("float32", data.slice(0, sizeOf(shape)), shape);
  const { logits } = await session.run({ images });
  assertEquals(logits!.dims[0], batch);
  await session.release();
  return logits!.data as Float32Array;
}

for (const name of Object.keys(networks)) {
  Deno.test(`withDynamicBatch() gives ${name}'s values of a fixed batch at any batch`, async () => {
    const dynamic = withDynamicBatch(exported(name, 2), exported(name, 3));
    assertEquals(dynamic.inputs[0]!.shape, ["batch", 3, 37, 51]);
    assertEquals(dynamic.outputs[0]!.shape[0], "batch");
    for (const batch of [1, 5]) {
      const [own, fixed] = [await run(dynamic, batch), await run(exported(name, batch), batch)];
      const difference = own.reduce((most, x, i) => Math.max(most, Math.abs(x - fixed[i]!)), 0);
      assertEquals(difference < 1e-5, true, `batch ${batch} differs by ${difference}`);
    }
  });
}

Deno.test("withDynamicBatch() refuses a graph with a constant of the batch's size", () => {
  const fixed = (batch: number) =>
    exportOnnx({ y: add(input("x", [batch]), constant(new Float32Array(batch))) });
  assertThrows(() => withDynamicBatch(fixed(2), fixed(3)), TypeError, "any batch");
});
