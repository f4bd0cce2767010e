/**
 * Writes example models for check_onnx.py:
 *
 *     deno run -A tests/reference/export_examples.ts /tmp/onnx
 *     python tests/reference/check_onnx.py /tmp/onnx/*.onnx
 */
import { join } from "node:path";
import { writeAtomically } from "../../lib/files.ts";
import { exportOnnx } from "../../lib/graph/export.ts";
import { input } from "../../lib/graph/tensor.ts";
import { segmenter, type SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import { initialize } from "../../lib/nn/init.ts";
import { logitsOf } from "../../lib/nn/scores.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { encodeOnnx } from "../../lib/onnx/bytes.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";
import type { Optimizer } from "../../lib/train/optimizer.ts";
import { stepGraph } from "../../lib/train/step_graph.ts";
import { tinyModel, tinySegmenter, tinyStep } from "../train/tiny.ts";

const sgd = tinyStep.optimizer;
const adamw: Optimizer = { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 };
const group = () => ({ lrScale: 10, weightDecay: 0.01 });

/** Logits of an image whose sides are no multiple of the patch, so that all paths are taken. */
function inference(config: SegmenterConfig, baked: boolean): OnnxModel {
  const images = input("images", [1, 3, 37, 51]);
  const net = Scope.build(false, (p) => segmenter(p, images, config));
  const weights = baked ? initialize(net.parameters, 1) : new Map();
  return exportOnnx(
    { logits: logitsOf(net.outputs, 37, 51), ...Object.fromEntries(net.taps) },
    weights,
  );
}

/** The graphs of a training step with dropout, weight decay and clipping. */
function training(optimizer: Optimizer, accumulate: number): Record<string, OnnxModel> {
  const { graphs } = stepGraph(tinyModel(0.1), {
    ...tinyStep,
    optimizer,
    group,
    accumulate,
    clip: 1,
  });
  return Object.fromEntries(Object.entries(graphs).map(([name, y]) => [name, exportOnnx(y)]));
}

const config = tinySegmenter(0);
const distilled = { ...config.encoder, distilled: true };
const models: Readonly<Record<string, OnnxModel>> = {
  mask_baked: inference(config, true),
  mask_weights_as_inputs: inference(config, false),
  linear_distilled_baked: inference(
    { ...config, encoder: distilled, decoder: { name: "linear" } },
    true,
  ),
  step_sgd: training(sgd, 1)["apply"]!,
  step_adamw: training(adamw, 1)["apply"]!,
  step_collect: training(sgd, 2)["collect"]!,
  step_update: training(sgd, 2)["update"]!,
};

const folder = Deno.args[0];
if (folder === undefined) throw new TypeError("Cannot write examples: a folder needed, got none");
for (const [name, model] of Object.entries(models)) {
  const path = join(folder, `${name}.onnx`);
  await writeAtomically(path, encodeOnnx(model));
  console.log(`${path}: ${model.nodes.length} nodes`);
}
