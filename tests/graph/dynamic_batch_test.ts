import { assertEquals, assertThrows } from "@std/assert";
import * as ort from "onnxruntime-node";
import { sizeOf } from "../../lib/array.ts";
import { withDynamicBatch } from "../../lib/graph/dynamic_batch.ts";
import { exportOnnx } from "../../lib/graph/export.ts";
import { constant, input } from "../../lib/graph/tensor.ts";
import { add } from "../../lib/graph/ops/math.ts";
import { initialize } from "../../lib/nn/init.ts";
import { logitsOf } from "../../lib/nn/scores.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { segmenter } from "../../lib/families/segmenter/segmenter.ts";
import { encodeOnnx } from "../../lib/onnx/bytes.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";
import { randomArray } from "../random_array.ts";
import { tinySegmenter } from "../train/tiny.ts";

const config = tinySegmenter(0);

function exported(batch: number): OnnxModel {
  const images = input("images", [batch, 3, 37, 51]);
  const net = Scope.build(false, (p) => segmenter(p, images, config));
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

Deno.test("withDynamicBatch() gives the values of a fixed batch at any batch", async () => {
  const dynamic = withDynamicBatch(exported(2), exported(3));
  assertEquals(dynamic.inputs[0]!.shape, ["batch", 3, 37, 51]);
  assertEquals(dynamic.outputs[0]!.shape[0], "batch");
  for (const batch of [1, 5]) {
    const [own, fixed] = [await run(dynamic, batch), await run(exported(batch), batch)];
    const difference = own.reduce((most, x, i) => Math.max(most, Math.abs(x - fixed[i]!)), 0);
    assertEquals(difference < 1e-5, true, `batch ${batch} differs by ${difference}`);
  }
});

Deno.test("withDynamicBatch() refuses a graph with a constant of the batch's size", () => {
  const fixed = (batch: number) =>
    exportOnnx({ y: add(input("x", [batch]), constant(new Float32Array(batch))) });
  assertThrows(() => withDynamicBatch(fixed(2), fixed(3)), TypeError, "any batch");
});
