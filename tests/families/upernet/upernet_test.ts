import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { toPublished } from "../../../lib/checkpoints/name_rules.ts";
import { hubUpernet } from "../../../lib/families/upernet/checkpoints.ts";
import { upernet, type UpernetConfig } from "../../../lib/families/upernet/upernet.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { reshape } from "../../../lib/graph/ops/structure.ts";
import { input, type Tensor } from "../../../lib/graph/tensor.ts";
import { parameterCount, Scope } from "../../../lib/nn/scope.ts";
import { logitsOf, segmentationLoss } from "../../../lib/nn/scores.ts";
import { assertGradients, assertOutput, golden, goldenTest } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";
import { assertSame } from "../../same.ts";
import { thinnedMap } from "../thinned_map.ts";
import { upernetConfigOf, upernetWeights } from "./golden_upernet.ts";

const file = await golden("next/swin_upernet");
const config = upernetConfigOf(file);
const weights = upernetWeights(file);

/** The tap that must equal an intermediate value of the reference. */
function tapOf(name: string): string {
  const [, kind, s, rest] = name.match(/^([a-z_]+)(\d+)?(\.\d+)?$/) ?? [];
  switch (kind) {
    case "attn":
      return `backbone.layers.${s}.blocks${rest}.attn.windows`;
    case "feature_map":
      return `backbone.stage${s}`;
    case "shift_mask":
      return "backbone.layers.0.blocks.1.attn.mask";
    case "aux_masks":
      return "auxiliary_head.masks";
    case "masks":
      return "decode_head.masks";
    default:
      return `backbone.${name}`;
  }
}

/** The tap of the head that must equal an intermediate value of the reference. */
function headTap(name: string): string {
  return `decode_head.${name.replace("fpn_bottleneck", "fpn").replace("psp_bottleneck", "psp")}`;
}

/** A value of the reference by its name in the file, as the file has it. */
function valueOf(taps: ReadonlyMap<string, Tensor>, name: string, like: readonly number[]): Tensor {
  if (!name.startsWith("decode/")) {
    const tap = taps.get(tapOf(name))!;
    // Merged maps are tokens there, and the mask has no axis of heads.
    return /^(merge|shift_mask)/.test(name) ? reshape(tap, like) : tap;
  }
  const tap = taps.get(headTap(name.slice("decode/".length)))!;
  return name.startsWith("decode/fpn") ? thinnedMap(tap, 2) : tap;
}

function build(size: string, training: boolean) {
  const images = input("images", file.stored(`in${size}/images`).shape);
  return Scope.build(training, (p) => upernet(p, images, config));
}

async function run(size: string, outputs: Readonly<Record<string, Tensor>>) {
  const labels = `in${size}/labels`;
  return await runGraph(outputs, {
    ...Object.fromEntries(weights),
    images: file.tensor(`in${size}/images`),
    labels: { shape: file.stored(labels).shape, data: file.labels(labels) },
  });
}

async function compareInference(size: string): Promise<void> {
  const net = build(size, false);
  const [, , h, w] = file.stored(`in${size}/images`).shape as [number, number, number, number];
  const outputs: Record<string, Tensor> = { logits_eval: logitsOf(net.outputs, h, w) };
  const others = /^(logits_eval|loss|masks_train|relative_position_index|running\/)/;
  for (const name of file.names(`out${size}/`).filter((name) => !others.test(name))) {
    outputs[name] = valueOf(net.taps, name, file.stored(`out${size}/${name}`).shape);
  }
  for (const [name, result] of Object.entries(await run(size, outputs))) {
    assertOutput(result, file.tensor(`out${size}/${name}`), name);
  }
}

async function compareTraining(size: string): Promise<void> {
  const net = build(size, true);
  const labels = input("labels", file.stored(`in${size}/labels`).shape, "uint8");
  const { auxiliary, ...main } = net.outputs;
  const losses = {
    loss: segmentationLoss(net.outputs, labels),
    loss_decode: segmentationLoss(main, labels),
    loss_aux: segmentationLoss(auxiliary![0]!, labels),
  };
  const learnt = [...net.parameters].filter(([, { buffer }]) => !buffer);
  const derived = gradients(losses.loss, learnt.map(([, { tensor }]) => tensor));
  const results = await run(size, {
    ...losses,
    masks: net.outputs.map,
    ...Object.fromEntries(learnt.map(([name], i) => [`g/${name}`, derived[i]!])),
    ...Object.fromEntries([...net.updates].map(([name, next]) => [`next/${name}`, next])),
  });
  for (const name of Object.keys(losses)) {
    const reference = file.tensor(`out${size}/${name}`).data[0]!;
    assertAlmostEquals(results[name]!.data[0]!, reference, 2e-5 * reference, name);
  }
  assertOutput(results.masks!, file.tensor(`out${size}/masks_train`), "masks");
  const below = (prefix: string): Map<string, NDArray> =>
    new Map(
      Object.entries(results).filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
    );
  assertGradients(file, toPublished(hubUpernet, below("g/")).tensors, `g${size}`);
  const next = toPublished(hubUpernet, below("next/")).tensors;
  const running = file.names(`out${size}/running/`).filter((name) => !name.endsWith("_tracked"));
  if (running.length > 0) assertSame([...next.keys()].sort(), running.sort());
  for (const name of running) {
    assertOutput(next.get(name)!, file.tensor(`out${size}/running/${name}`), name);
  }
}

for (const size of file.cases((file) => file.sizes())) {
  const images = `in${size.name}`;
  goldenTest(`upernet() gives Hugging Face's values on ${images}`, [file, size], async () => {
    await compareInference(size.name);
  });

  goldenTest(
    `upernet() gives Hugging Face's loss, gradients and statistics on ${images}`,
    [file, size],
    async () => await compareTraining(size.name),
  );
}

goldenTest("upernet() declares the parameters of Hugging Face's checkpoint", file, () => {
  const { parameters } = build("", false);
  assertSame([...parameters.keys()].sort(), [...weights.keys()].sort());
  for (const [name, { tensor }] of parameters) {
    assertEquals([...tensor.shape], [...weights.get(name)!.shape], name);
  }
});

const tiny: UpernetConfig = {
  encoder: { dim: 8, depths: [2, 1, 1, 2], heads: [1, 2, 2, 4], window: 3, dropPath: 0.5 },
  channels: 12,
  auxiliary: { channels: 6, convolutions: 2 },
  dropout: 0.25,
  classes: 5,
};

function buildTiny(training: boolean, shape: readonly number[]) {
  return Scope.build(training, (p) => upernet(p, input("images", shape), tiny));
}

Deno.test("upernet() drops paths, more with depth, and channels of both heads while training", () => {
  const { noise, outputs } = buildTiny(true, [2, 3, 40, 36]);
  const keeps = [...noise].map(([name, { keep, tensor: { shape } }]) => [name, keep, [...shape]]);
  assertEquals(keeps.length, 2 * 5 + 2); // no noise in the first of 6 blocks
  assertEquals(keeps[0], ["noise/backbone.layers.0.blocks.1.attn.drop_path", 0.9, [2, 1, 1, 1]]);
  assertEquals(keeps[9], ["noise/backbone.layers.3.blocks.1.mlp.drop_path", 0.5, [2, 1, 1, 1]]);
  assertEquals(keeps[10], ["noise/decode_head.dropout", 0.75, [2, 12, 1, 1]]);
  assertEquals(keeps[11], ["noise/auxiliary_head.dropout", 0.75, [2, 6, 1, 1]]);
  assertEquals(outputs.auxiliary!.map(({ map }) => map.shape), [[2, 5, 3, 3]]);
});

Deno.test("upernet() has the same parameters in training, and auxiliary scores only there", () => {
  const [inference, training] = [false, true].map((training) => buildTiny(training, [2, 3, 4, 7]));
  assertSame([...inference!.parameters.keys()], [...training!.parameters.keys()]);
  assertEquals(parameterCount(inference!.parameters), parameterCount(training!.parameters));
  assertEquals(inference!.outputs.auxiliary, undefined);
  assertEquals(inference!.outputs.map.shape, [2, 5, 1, 2]);
});

Deno.test("upernet() refuses to train on one image at a time", () => {
  assertThrows(
    () => buildTiny(true, [1, 3, 32, 32]),
    RangeError,
    "Cannot train UPerNet on float32[1, 3, 32, 32]: a batch of 2 images or more needed",
  );
  assertEquals(buildTiny(false, [1, 3, 32, 32]).outputs.map.shape, [1, 5, 8, 8]);
});
