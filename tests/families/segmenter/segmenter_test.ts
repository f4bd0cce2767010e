import { assertAlmostEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { input } from "../../../lib/graph/tensor.ts";
import { segmenter, type SegmenterConfig } from "../../../lib/families/segmenter/segmenter.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { logitsOf, segmentationLoss } from "../../../lib/nn/scores.ts";
import { Program } from "../../../lib/runtime/program.ts";
import { value } from "../../../lib/runtime/value.ts";
import { assertGradients, assertOutput, type Golden, golden } from "../../golden.ts";

/** Names of the reference's intermediates and the taps that must equal them. */
const taps: Record<string, string> = {
  "encoder/embed": "encoder.embed",
  "encoder/norm": "encoder.normed",
  "encoder/attn1": "encoder.blocks.1.attn.weights",
  "decoder/proj_dec": "decoder.projected",
  "decoder/attn0": "decoder.blocks.0.attn.weights",
  "decoder/norm": "decoder.normed",
  "decoder/masks_before_norm": "decoder.masks_before_norm",
  "masks": "masks",
};

function tapOf(name: string): string {
  const block = name.match(/^(encoder|decoder)\/(block\d+)$/);
  return block ? `${block[1]}.${block[2]}` : taps[name]!;
}

// deno-lint-ignore no-explicit-any
function configOf({ net_kwargs: net }: any): SegmenterConfig {
  return {
    encoder: {
      imageSize: net.image_size,
      patch: net.patch_size,
      dim: net.d_model,
      heads: net.n_heads,
      layers: net.n_layers,
      distilled: net.distilled,
      eps: 1e-5,
      dropout: 0,
      dropPath: 0,
    },
    decoder: net.decoder.name === "linear"
      ? { name: "linear" }
      : { name: "mask_transformer", layers: net.decoder.n_layers, dropout: 0, dropPath: 0 },
    classes: net.n_cls,
  };
}

/** Runs one of the file's input sizes ("", "2" or "3") and compares everything it holds. */
async function compare(file: Golden, size: string): Promise<void> {
  const images = file.tensor(`in${size}/images`);
  const labels = file.stored(`in${size}/labels`).shape;
  const x = input("images", images.shape);
  const y = input("labels", labels, "uint8");
  const net = Scope.build(false, (p) => segmenter(p, x, configOf(file.config)));
  const loss = segmentationLoss(net.outputs, y);
  const [, h, w] = y.dims(3);

  const prefix = `g${size}`;
  const wanted = [...file.names(`${prefix}/`), ...file.names(`${prefix}s/`)];
  const tensors = wanted.map((name) => net.parameters.get(name)!.tensor);
  const derived = gradients(loss, tensors);
  const outputs: Record<string, string> = { logits_eval: "logits" };
  for (const name of file.names(`out${size}/`)) {
    if (name !== "logits_eval" && name !== "loss") outputs[name] = tapOf(name);
  }
  const program = await Program.compile({
    loss,
    logits: logitsOf(net.outputs, h, w),
    ...Object.fromEntries(Object.values(outputs).slice(1).map((t) => [t, net.taps.get(t)!])),
    ...Object.fromEntries(wanted.map((name, i) => [`grad/${name}`, derived[i]!])),
  }, { provider: "cpu", threads: 1 });

  const weights = [...file.weights()].filter(([name]) => !name.includes("head_dist"))
    .filter(([name]) => !name.startsWith("encoder.head"));
  const results = await program.run({
    images: value(images.data, images.shape),
    labels: value(file.labels(`in${size}/labels`), labels),
    ...Object.fromEntries(weights.map(([name, w]) => [name, value(w.data, w.shape)])),
  });
  const result = (name: string): NDArray => ({
    shape: results[name]!.shape,
    data: results[name]!.data as Float32Array,
  });

  for (const [name, tap] of Object.entries(outputs)) {
    assertOutput(result(tap), file.tensor(`out${size}/${name}`), name);
  }
  const reference = file.tensor(`out${size}/loss`).data[0]!;
  assertAlmostEquals(result("loss").data[0]!, reference, 2e-5 * reference);
  const own = new Map(wanted.map((name) => [name, result(`grad/${name}`)]));
  assertGradients(file, own, prefix as "g");
  await program.release();
}

for (const name of ["segmenter_mask", "segmenter_mask_small", "segmenter_linear"]) {
  Deno.test(`segmenter() gives the official values and gradients of ${name}`, async () => {
    const file = await golden(name);
    await compare(file, "");
    await compare(file, "2");
    if (file.names("in3/").length > 0) await compare(file, "3");
  });
}
