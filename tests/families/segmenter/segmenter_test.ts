import { assertAlmostEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { input } from "../../../lib/graph/tensor.ts";
import { segmenter } from "../../../lib/families/segmenter/segmenter.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { logitsOf, segmentationLoss } from "../../../lib/nn/scores.ts";
import { Program } from "../../../lib/runtime/program.ts";
import { value } from "../../../lib/runtime/value.ts";
import {
  assertGradients,
  assertOutput,
  type Golden,
  goldenFamily,
  goldenTest,
} from "../../golden.ts";
import { tested } from "../../run_graph.ts";
import { segmenterOf } from "./golden_segmenter.ts";

/** The tap that must equal an intermediate value of the reference. */
function tapOf(name: string): string {
  const taps: Readonly<Record<string, string>> = {
    "encoder/norm": "encoder.normed",
    "decoder/norm": "decoder.normed",
    "decoder/proj_dec": "decoder.projected",
  };
  return taps[name] ?? name.replace("/", ".").replace(/\.attn(\d+)$/, ".blocks.$1.attn.weights");
}

/** Runs one of the file's input sizes ("", "2" …) and compares everything it holds. */
async function compare(file: Golden, size: string): Promise<void> {
  const images = file.tensor(`in${size}/images`);
  const labels = file.stored(`in${size}/labels`).shape;
  const x = input("images", images.shape);
  const y = input("labels", labels, "uint8");
  const net = Scope.build(false, (p) => segmenter(p, x, segmenterOf(file)));
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
  }, tested);

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
  if (wanted.length > 0) assertGradients(file, own, prefix);
  await program.release();
}

for (const file of await goldenFamily("segmenter")) {
  for (const size of file.cases((file) => file.sizes())) {
    const images = `in${size.name}`;
    goldenTest(
      `segmenter() gives the official values and gradients of ${file.file} on ${images}`,
      size,
      async () => {
        await compare(file, size.name);
      },
    );
  }
}
