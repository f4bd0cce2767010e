import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type NDArray, sizeOf } from "../../../lib/array.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { reshape, transpose } from "../../../lib/graph/ops/structure.ts";
import { input, type Tensor } from "../../../lib/graph/tensor.ts";
import {
  segformer,
  segformerAsPublished,
  type SegformerConfig,
} from "../../../lib/families/segformer/segformer.ts";
import { segformerEps } from "../../../lib/families/segformer/variants.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { logitsOf, segmentationLoss } from "../../../lib/nn/scores.ts";
import { assertGradients, assertOutput, type Golden, golden, goldenPath } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";

/** Names of the reference's intermediates and the taps that must equal them. */
const taps: Record<string, string> = {
  "patch_embed0": "backbone.patch_embed1.normed",
  "sr0": "backbone.block1.0.attn.reduced",
  "attn_layer0": "backbone.block1.0.attn.weights",
  "attn_layer2": "backbone.block2.1.attn.weights",
  "block0.0": "backbone.block1.0",
  "dwconv1.0": "backbone.block2.0.mlp.dwconv",
  "stage0": "backbone.stage1",
  "stage1": "backbone.stage2",
  "stage2": "backbone.stage3",
  "stage3": "backbone.stage4",
  "decode/bn": "decode_head.normed",
  "masks": "decode_head.masks",
};

/** A parameter's name on the Hub and where it is: all of an official parameter, or half of it. */
interface Row {
  readonly hub: string;
  readonly official: string;
  readonly half: "first" | "second" | null;
}

const table: readonly Row[] = JSON.parse(
  await Deno.readTextFile(goldenPath("segformer_names.json")),
).rows.map(([, hub, name]: [string, string, string]) => ({
  hub,
  official: name.replace(/\[.*\]/, ""),
  half: name.includes("[:C]") ? "first" : name.includes("[C:]") ? "second" : null,
}));

/** The file's weights under the official names; attn.kv is the keys' above the values'. */
function officialWeights(file: Golden): Map<string, NDArray> {
  const weights = new Map<string, NDArray>();
  for (const { hub, official } of table) {
    const rows = file.weights().get(hub)!;
    const above = weights.get(official);
    weights.set(official, above ? stacked(above, rows) : rows);
  }
  return weights;
}

function stacked(a: NDArray, b: NDArray): NDArray {
  return {
    shape: a.shape.with(0, a.shape[0]! + b.shape[0]!),
    data: Float32Array.of(...a.data, ...b.data),
  };
}

/** An official parameter's gradient as that of a Hub parameter. */
function hubGradient(whole: NDArray, half: Row["half"]): NDArray {
  if (half === null) return whole;
  const shape = whole.shape.with(0, whole.shape[0]! / 2);
  const start = half === "first" ? 0 : sizeOf(shape);
  return { shape, data: whole.data.subarray(start, start + sizeOf(shape)) };
}

// deno-lint-ignore no-explicit-any
function configOf(config: any): SegformerConfig {
  return {
    dims: config.hidden,
    heads: config.heads,
    depths: config.depths,
    reductions: config.sr,
    eps: segformerEps.huggingFace,
    dropPath: 0,
    decoderDim: config.dec,
    dropout: 0,
    classes: config.ncls,
  };
}

const file = await golden("segformer");
const weights = officialWeights(file);
const config = configOf(file.config);

/** The network on images of one of the file's sizes: "" or "2". */
function build(size: string, training: boolean, settings = config, model = segformer) {
  const images = input("images", file.stored(`in${size}/images`).shape);
  return Scope.build(training, (p) => model(p, images, settings));
}

async function run(size: string, outputs: Readonly<Record<string, Tensor>>) {
  const labels = `in${size}/labels`;
  return await runGraph(outputs, {
    ...Object.fromEntries(weights),
    images: file.tensor(`in${size}/images`),
    labels: { shape: file.stored(labels).shape, data: file.labels(labels) },
  });
}

for (const size of ["", "2"]) {
  const labels = input("labels", file.stored(`in${size}/labels`).shape, "uint8");
  const [, h, w] = labels.dims(3);

  Deno.test(`segformer() gives Hugging Face's values on in${size}`, async () => {
    const net = build(size, false);
    const outputs: Record<string, Tensor> = { logits_eval: logitsOf(net.outputs, h, w) };
    for (const [name, tap] of Object.entries(taps)) outputs[name] = net.taps.get(tap)!;
    const [b, channels, rows, columns] = outputs["dwconv1.0"]!.dims(4);
    const mixed = reshape(outputs["dwconv1.0"]!, [b, channels, rows * columns]);
    outputs["dwconv1.0"] = transpose(mixed, [0, 2, 1]);
    for (const [name, result] of Object.entries(await run(size, outputs))) {
      assertOutput(result, file.tensor(`out${size}/${name}`), name);
    }
  });

  Deno.test(`segformer() gives the values of the official eps on in${size}`, async () => {
    const net = build(size, false, { ...config, eps: segformerEps.official });
    const { masks } = await run(size, { masks: net.outputs.map });
    assertOutput(masks!, file.tensor(`out${size}/masks_nvlabs_eps`));
  });

  Deno.test(`segformer() gives Hugging Face's loss and gradients on in${size}`, async () => {
    const net = build(size, true);
    const loss = segmentationLoss(net.outputs, labels);
    const learnt = [...net.parameters].filter(([, { buffer }]) => !buffer);
    const derived = gradients(loss, learnt.map(([, { tensor }]) => tensor));
    const { loss: own, masks, ...results } = await run(size, {
      loss,
      masks: net.outputs.map,
      ...Object.fromEntries(learnt.map(([name], i) => [`g/${name}`, derived[i]!])),
      ...Object.fromEntries([...net.updates].map(([name, next]) => [`next/${name}`, next])),
    });
    const reference = file.tensor(`out${size}/loss`).data[0]!;
    assertAlmostEquals(own!.data[0]!, reference, 2e-5 * reference);
    assertOutput(masks!, file.tensor(`out${size}/masks_train`), "masks");
    const hub = table.filter(({ official }) => results[`g/${official}`])
      .map(({ hub, official, half }) =>
        [hub, hubGradient(results[`g/${official}`]!, half)] as const
      );
    assertGradients(file, new Map(hub), size === "" ? "g" : "g2");
    for (const { hub, official } of table.filter(({ official }) => net.updates.has(official))) {
      assertOutput(
        results[`next/${official}`]!,
        file.tensor(`out${size}/running/${hub}`),
        official,
      );
    }
  });
}

Deno.test("segformer() declares the official checkpoint's names", () => {
  const { parameters } = build("", false);
  const counted = /num_batches_tracked$/; // torch's batch norm counts its steps, and nothing reads it
  const official = new Set(
    table.map(({ official }) => official).filter((name) => !counted.test(name)),
  );
  assertEquals([...parameters.keys()].sort(), [...official].sort());
  for (const [name, { tensor }] of parameters) {
    assertEquals([...tensor.shape], [...weights.get(name)!.shape], name);
  }
});

Deno.test("segformerAsPublished() gives the values of segformer()", async () => {
  const { masks } = await run("2", {
    masks: build("2", false, config, segformerAsPublished).outputs.map,
  });
  assertOutput(masks!, file.tensor("out2/masks"));
});

Deno.test("segformer() drops paths and channels while training, more with depth", () => {
  const { noise } = build("", true, { ...config, dropPath: 0.5, dropout: 0.1 });
  const keeps = [...noise].map(([name, { keep, tensor: { shape } }]) => [name, keep, [...shape]]);
  assertEquals(keeps.length, 2 * 5 + 1); // no noise in the first of 6 blocks
  assertEquals(keeps[0], ["noise/backbone.block2.0.attn.drop_path", 0.9, [2, 1, 1]]);
  assertEquals(keeps[9], ["noise/backbone.block4.1.mlp.drop_path", 0.5, [2, 1, 1]]);
  assertEquals(keeps[10], ["noise/decode_head.dropout", 0.9, [2, config.decoderDim, 1, 1]]);
});

Deno.test("segformer() refuses images when a stage has too few tokens to reduce", () => {
  const images = input("images", [1, 3, 64, 28]);
  assertThrows(
    () => Scope.build(false, (p) => segformer(p, images, config)),
    RangeError,
    "a grid of 8 × 8 or more needed, got 16 × 7",
  );
});
