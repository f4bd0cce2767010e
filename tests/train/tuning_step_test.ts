import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { tuningOf } from "../../lib/families/tuning.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import { input } from "../../lib/graph/tensor.ts";
import { batchNorm, conv } from "../../lib/nn/convolution.ts";
import { initialize } from "../../lib/nn/init.ts";
import { linear } from "../../lib/nn/layers.ts";
import { isAdapter, merged } from "../../lib/nn/lora.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { logitsOf } from "../../lib/nn/scores.ts";
import type { Tuning } from "../../lib/nn/tuning.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value } from "../../lib/runtime/value.ts";
import { TrainStep } from "../../lib/train/step.ts";
import { stepGraph } from "../../lib/train/step_graph.ts";
import { assertWithin } from "../golden.ts";
import { tinyBatch, tinyModel, tinySegmenter, tinyStep } from "./tiny.ts";

const RATE = 0.2;
const architecture = { family: segmenterFamily, config: tinySegmenter(RATE) };
const adamw = { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 } as const;

/** Two steps of a tiny Segmenter: its names, its state before and after. */
async function stepped(tuning: Tuning, changes = {}) {
  const config = { ...tinyStep, optimizer: adamw, tuning, ...changes };
  const graph = stepGraph(tinyModel(RATE), config);
  const before = initialize(graph.net.parameters, 1);
  const copy = new Map([...before].map(([name, { shape, data }]) => {
    return [name, { shape, data: data.slice() }];
  }));
  const trainer = await TrainStep.compile(graph, config, copy);
  const micro = Array.from({ length: config.accumulate }, (_, i) => tinyBatch(i));
  for (const step of [0, 1]) await trainer.run(micro, step, 0.01);
  const after = trainer.state();
  await trainer.release();
  const changed = [...before].filter(([name, { data }]) =>
    data.some((x, i) => x !== after.get(name)!.data[i])
  ).map(([name]) => name);
  return { graph, before, after, changed };
}

for (const accumulate of [1, 2]) {
  Deno.test(`a frozen encoder has no gradient, no memory, no noise (accumulate ${accumulate})`, async () => {
    const tuning = tuningOf(architecture, { freeze: "encoder", loraRank: null, loraAlpha: 16 });
    const { graph, after, changed } = await stepped(tuning, { accumulate });
    const ofEncoder = (name: string) => name.includes("encoder.");
    assertEquals(changed.filter(ofEncoder), []);
    assertEquals(changed, graph.trained);
    assert(changed.includes("decoder.cls_emb"));
    assertEquals([...after.keys()].filter((name) => /^exp_avg(_sq)?\/encoder/.test(name)), []);
    assertEquals([...graph.net.noise.keys()].filter(ofEncoder), []);
    assert(graph.net.noise.size > 0, "the decoder's dropout is there");
  });
}

Deno.test("a first block that is frozen leaves the others in training", async () => {
  const tuning = tuningOf(architecture, { freeze: 1, loraRank: null, loraAlpha: 16 });
  const { graph, changed } = await stepped(tuning);
  const parts = (names: Iterable<string>) => new Set([...names].map((name) => name.slice(0, 16)));
  assertEquals(
    parts(changed.filter((name) => name.startsWith("encoder.blocks"))),
    new Set([
      "encoder.blocks.1",
    ]),
  );
  assert(changed.includes("encoder.norm.weight"));
  const noise = [...graph.net.noise.keys()].filter((name) => name.includes("encoder.blocks"));
  assert(noise.length > 0 && noise.every((name) => name.includes("blocks.1.")), `${noise}`);
});

Deno.test("batch norm of a frozen part keeps its statistics and normalises by them", async () => {
  const model = pixelModel((p, images) => {
    const [, , height, width] = images.dims(4);
    const stem = p.at("stem");
    const x = batchNorm(
      stem.at(1),
      conv(stem.at(0), images, { out: 4, kernel: 4, stride: 4, bias: true }),
    );
    const map = batchNorm(p.at("head"), conv(p.at("last"), x, { out: 4, kernel: 1, bias: true }));
    return { map, height, width };
  });
  const tuning = { frozen: ["stem."], still: ["stem."], lora: null };
  const config = { ...tinyStep, tuning };
  const graph = stepGraph(model, config);
  assertEquals([...graph.net.updates.keys()], ["head.running_mean", "head.running_var"]);
  const before = initialize(graph.net.parameters, 1);
  before.get("stem.1.running_mean")!.data.fill(0.5);
  const trainer = await TrainStep.compile(graph, config, before);
  await trainer.run([tinyBatch(0)], 0, 0.01);
  assertEquals(trainer.state().get("stem.1.running_mean")!.data, new Float32Array(4).fill(0.5));
  assert(trainer.state().get("head.running_mean")!.data.some((x) => x !== 0));
  await trainer.release();
});

Deno.test("linear() with an adapter is W + alpha / rank · B A, by hand", async () => {
  const x = input("x", [1, 2]);
  const lora = { rank: 2, alpha: 3, layers: ["attn."] };
  const net = Scope.build(
    false,
    (p) => ({ y: linear(p.at("attn").at("qkv"), x, 3), plain: linear(p.at("mlp"), x, 3) }),
    { frozen: [], still: [], lora },
  );
  assertEquals([...net.parameters.keys()], [
    "attn.qkv.weight",
    "attn.qkv.bias",
    "attn.qkv.lora_A.weight",
    "attn.qkv.lora_B.weight",
    "mlp.weight",
    "mlp.bias",
  ]);
  const first = initialize(net.parameters, 1);
  assertEquals(first.get("attn.qkv.lora_B.weight")!.data, new Float32Array(6));
  assert(
    first.get("attn.qkv.lora_A.weight")!.data.every((a) => a !== 0 && Math.abs(a) < 2 ** -0.5),
  );
  const weights = new Map<string, NDArray>([
    ["attn.qkv.weight", { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ["attn.qkv.bias", { shape: [3], data: Float32Array.of(10, 20, 30) }],
    ["attn.qkv.lora_A.weight", { shape: [2, 2], data: Float32Array.of(1, -1, 2, 0.5) }],
    ["attn.qkv.lora_B.weight", { shape: [3, 2], data: Float32Array.of(1, 0, 0, 1, 2, -1) }],
  ]);
  // x = [1, 4]: A x = [1 - 4, 2 + 2] = [-3, 4].
  const program = await Program.compile({ y: net.outputs.y }, {
    provider: "cpu",
    threads: 1,
    weights,
  });
  const { y } = await program.run({ x: value(Float32Array.of(1, 4), [1, 2]) });
  await program.release();
  // W x + b = [19, 39, 59]; B (A x) = [-3, 4, -10], times 3 / 2.
  assertEquals([...y!.data as Float32Array], [19 - 4.5, 39 + 6, 59 - 15]);
  // B A = [[1, -1], [2, 0.5], [0, -2.5]], times 3 / 2.
  const whole = merged(weights, lora);
  assertEquals([...whole.keys()], ["attn.qkv.weight", "attn.qkv.bias"]);
  assertEquals([...whole.get("attn.qkv.weight")!.data], [2.5, 0.5, 6, 4.75, 5, 2.25]);
});

Deno.test("adapters alone learn in the encoder, and the merged network gives the same scores", async () => {
  const tuning = tuningOf(architecture, { freeze: null, loraRank: 2, loraAlpha: 8 });
  const { graph, after, changed } = await stepped(tuning);
  const inEncoder = changed.filter((name) => name.startsWith("encoder."));
  assertEquals(inEncoder.length, 2 * 2 * 2, "A and B of qkv and proj of both blocks");
  assert(inEncoder.every(isAdapter));
  assertEquals(changed.filter((name) => name.startsWith("decoder.")).some(isAdapter), false);
  const noise = [...graph.net.noise.keys()];
  assert(
    noise.some((name) => name.includes("encoder.blocks.1.")),
    "adapted blocks are in training",
  );
  assert(!noise.some((name) => name.includes("pos_drop")), "what is before them is not");

  const images = input("images", [1, 3, 32, 32]);
  const weights = new Map([...after].filter(([name]) => graph.net.parameters.has(name)));
  const logits = async (values: ReadonlyMap<string, NDArray>, some?: Tuning) => {
    const model = tinyModel(0);
    const { outputs } = Scope.build(
      false,
      (p) => logitsOf(model.scores(model.build(p, images)), 32, 32),
      some,
    );
    const program = await Program.compile({ y: outputs }, {
      provider: "cpu",
      threads: 1,
      weights: values,
    });
    const { images: { data } } = tinyBatch(5, 0, 1);
    const { y } = await program.run({ images: value(data, [1, 3, 32, 32]) });
    await program.release();
    return y!.data as Float32Array;
  };
  const unmerged = await logits(weights, tuning);
  const whole = await logits(merged(weights, tuning.lora!));
  const largest = unmerged.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  assertWithin(whole, unmerged, 1e-6 * largest, "merged");
  const base = new Map([...weights].filter(([name]) => !isAdapter(name)));
  const without = await logits(base);
  const moved = without.reduce((most, x, i) => Math.max(most, Math.abs(x - unmerged[i]!)), 0);
  assert(moved > 1e-3 * largest, `the adapters count: ${moved} of ${largest}`);
});
