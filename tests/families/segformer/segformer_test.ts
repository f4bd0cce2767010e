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
import { assertGradients, assertOutput, golden, goldenTest } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";
import { type NameRow, nameRows, namesFile, segformerOf } from "./golden_segformer.ts";
import { assertSame } from "../../same.ts";

const file = await golden("segformer");
const config = segformerOf(file);
const table = await nameRows();
const needs = [file, namesFile];

/** The tap that must equal an intermediate value of the reference, which counts stages from 0. */
function tapOf(name: string): string {
  const [, kind, stage, block] = name.match(/^([a-z_]+)(\d+)(?:\.(\d+))?$/) ?? [];
  const s = Number(stage);
  switch (kind) {
    case "patch_embed":
      return `backbone.patch_embed${s + 1}.normed`;
    case "sr":
      return `backbone.block${s + 1}.0.attn.reduced`;
    case "block":
      return `backbone.block${s + 1}.${block}`;
    case "dwconv":
      return `backbone.block${s + 1}.${block}.mlp.dwconv`;
    case "stage":
      return `backbone.stage${s + 1}`;
    case "attn_layer":
      return `backbone.${blockOf(s)}.attn.weights`;
    default:
      return name === "decode/bn" ? "decode_head.normed" : `decode_head.${name}`;
  }
}

/** The block of a number that counts over all stages: "block2.1" is the third where depths are 1, 2 … */
function blockOf(number: number): string {
  const { depths } = config;
  const before = (stage: number) => depths.slice(0, stage).reduce((sum, depth) => sum + depth, 0);
  const stage = [1, 2, 3, 4].find((stage) => number < before(stage))!;
  return `block${stage}.${number - before(stage - 1)}`;
}

/** Names of the file's intermediate values in inference, with transformers' eps. */
function intermediates(size: string): string[] {
  const others = /^(logits_eval|loss|masks_train|masks_nvlabs_eps|running\/.*)$/;
  return file.names(`out${size}/`).filter((name) => !others.test(name));
}

/** The file's weights under the official names; attn.kv is the keys' above the values'. */
function officialWeights(): Map<string, NDArray> {
  const weights = new Map<string, NDArray>();
  const theirs = file.weights();
  for (const { hub, official } of table) {
    const rows = theirs.get(hub)!;
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
function hubGradient(whole: NDArray, half: NameRow["half"]): NDArray {
  if (half === null) return whole;
  const shape = whole.shape.with(0, whole.shape[0]! / 2);
  const start = half === "first" ? 0 : sizeOf(shape);
  return { shape, data: whole.data.subarray(start, start + sizeOf(shape)) };
}

/** The network on images of one of the file's sizes: "", "2" … */
function build(size: string, training: boolean, settings = config, model = segformer) {
  const images = input("images", file.stored(`in${size}/images`).shape);
  return Scope.build(training, (p) => model(p, images, settings));
}

async function run(size: string, outputs: Readonly<Record<string, Tensor>>) {
  const labels = `in${size}/labels`;
  return await runGraph(outputs, {
    ...Object.fromEntries(officialWeights()),
    images: file.tensor(`in${size}/images`),
    labels: { shape: file.stored(labels).shape, data: file.labels(labels) },
  });
}

async function compareInference(size: string): Promise<void> {
  const net = build(size, false);
  const [, , h, w] = file.stored(`in${size}/images`).shape as [number, number, number, number];
  const outputs: Record<string, Tensor> = { logits_eval: logitsOf(net.outputs, h, w) };
  for (const name of intermediates(size)) {
    const value = net.taps.get(tapOf(name))!;
    outputs[name] = name.startsWith("dwconv") ? asTokens(value) : value;
  }
  for (const [name, result] of Object.entries(await run(size, outputs))) {
    assertOutput(result, file.tensor(`out${size}/${name}`), name);
  }
}

/** Maps [b, channels, rows, columns] as tokens [b, rows · columns, channels]. */
function asTokens(maps: Tensor): Tensor {
  const [b, channels, rows, columns] = maps.dims(4);
  return transpose(reshape(maps, [b, channels, rows * columns]), [0, 2, 1]);
}

async function compareTraining(size: string): Promise<void> {
  const net = build(size, true);
  const labels = input("labels", file.stored(`in${size}/labels`).shape, "uint8");
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
    .map(({ hub, official, half }) => [hub, hubGradient(results[`g/${official}`]!, half)] as const);
  assertGradients(file, new Map(hub), `g${size}`);
  for (const { hub, official } of table.filter(({ official }) => net.updates.has(official))) {
    assertOutput(results[`next/${official}`]!, file.tensor(`out${size}/running/${hub}`), official);
  }
}

for (const size of file.cases((file) => file.sizes())) {
  const images = `in${size.name}`;
  const sized = [...needs, size];

  goldenTest(`segformer() gives Hugging Face's values on ${images}`, sized, async () => {
    await compareInference(size.name);
  });

  const masks = `out${size.name}/masks_nvlabs_eps`;
  const official = [...sized, file.part(masks)];
  goldenTest(
    `segformer() gives the values of the official eps on ${images}`,
    official,
    async () => {
      const net = build(size.name, false, { ...config, eps: segformerEps.official });
      const results = await run(size.name, { masks: net.outputs.map });
      assertOutput(results.masks!, file.tensor(masks));
    },
  );

  goldenTest(
    `segformer() gives Hugging Face's loss and gradients on ${images}`,
    sized,
    async () => {
      await compareTraining(size.name);
    },
  );

  goldenTest(
    `segformerAsPublished() gives the values of segformer() on ${images}`,
    sized,
    async () => {
      const net = build(size.name, false, config, segformerAsPublished);
      const results = await run(size.name, { masks: net.outputs.map });
      assertOutput(results.masks!, file.tensor(`out${size.name}/masks`));
    },
  );
}

goldenTest("segformer() declares the official checkpoint's names", needs, () => {
  const { parameters } = build("", false);
  const counted = /num_batches_tracked$/; // torch's batch norm counts its steps, and nothing reads it
  const official = new Set(
    table.map(({ official }) => official).filter((name) => !counted.test(name)),
  );
  assertSame([...parameters.keys()].sort(), [...official].sort());
  const weights = officialWeights();
  for (const [name, { tensor }] of parameters) {
    assertEquals([...tensor.shape], [...weights.get(name)!.shape], name);
  }
});

const tiny: SegformerConfig = {
  dims: [8, 16, 20, 32],
  heads: [1, 2, 5, 8],
  depths: [1, 2, 1, 2],
  reductions: [8, 4, 2, 1],
  eps: segformerEps.official,
  dropPath: 0.5,
  decoderDim: 24,
  dropout: 0.1,
  classes: 6,
};

function buildTiny(training: boolean, shape: readonly number[]) {
  return Scope.build(training, (p) => segformer(p, input("images", shape), tiny));
}

Deno.test("segformer() drops paths and channels while training, more with depth", () => {
  const { noise } = buildTiny(true, [2, 3, 64, 96]);
  const keeps = [...noise].map(([name, { keep, tensor: { shape } }]) => [name, keep, [...shape]]);
  assertEquals(keeps.length, 2 * 5 + 1); // no noise in the first of 6 blocks
  assertEquals(keeps[0], ["noise/backbone.block2.0.attn.drop_path", 0.9, [2, 1, 1]]);
  assertEquals(keeps[9], ["noise/backbone.block4.1.mlp.drop_path", 0.5, [2, 1, 1]]);
  assertEquals(keeps[10], ["noise/decode_head.dropout", 0.9, [2, tiny.decoderDim, 1, 1]]);
});

Deno.test("segformer() refuses images when a stage has too few tokens to reduce", () => {
  assertThrows(
    () => buildTiny(false, [1, 3, 64, 28]),
    RangeError,
    "a grid of 8 × 8 or more needed, got 16 × 7",
  );
});
