import { assertAlmostEquals, assertEquals } from "@std/assert";
import { toPublished, toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import {
  alwaysPartition,
  type Partition,
  partitionIfLarger,
  swinStages,
} from "../../../lib/families/encoders/swin.ts";
import { relativePositions } from "../../../lib/families/encoders/swin_block.ts";
import { hubSwinRules } from "../../../lib/families/encoders/swin_checkpoints.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { add, mul } from "../../../lib/graph/ops/math.ts";
import { mean } from "../../../lib/graph/ops/reduce.ts";
import { sum } from "../../../lib/graph/ops/broadcast.ts";
import { reshape, slice } from "../../../lib/graph/ops/structure.ts";
import { input, scalar, type Tensor } from "../../../lib/graph/tensor.ts";
import { layerNorm } from "../../../lib/nn/layers.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { assertGradients, assertOutput, golden, goldenTest } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";
import { swinConfigOf } from "../upernet/golden_upernet.ts";

const file = await golden("next/swin_model");
const config = swinConfigOf(file);
const names = {
  rules: [
    ...hubSwinRules("", ""),
    { published: ["layernorm.{p}"], seglab: ["norm.{p}"] },
  ],
  unused: [],
};
const weights = toSeglab(names, file.weights()).tensors;

/** transformers' SwinModel: the stages, a last norm, and the mean of the tokens. */
function build(size: string, partition: Partition) {
  return Scope.build(false, (p) => {
    const images = input("images", file.stored(`in${size}/images`).shape);
    const map = swinStages(p, images, config, partition).at(-1)!.last;
    const [b, h, w, dim] = map.dims(4);
    const tokens = p.tap(`stage${config.depths.length - 1}`, reshape(map, [b, h * w, dim]));
    const last = layerNorm(p.at("norm"), tokens, 1e-5);
    return { last, pooled: reshape(mean(last, [1]), [b, dim]) };
  });
}

/** Hidden states are the embedding and what each stage gives, merged but for the last. */
function hidden(taps: ReadonlyMap<string, Tensor>, i: number, like: readonly number[]): Tensor {
  const { length } = config.depths;
  const name = i === 0 ? "embed" : i === length ? `stage${length - 1}` : `merge${i - 1}`;
  return reshape(taps.get(name)!, like);
}

async function run(size: string, outputs: Readonly<Record<string, Tensor>>) {
  const images = file.tensor(`in${size}/images`);
  return await runGraph(outputs, { ...Object.fromEntries(weights), images });
}

for (const size of file.cases((file) => file.sizes())) {
  const out = `out${size.name}`;
  goldenTest(`swinStages() gives SwinModel's values on in${size.name}`, [file, size], async () => {
    const net = build(size.name, partitionIfLarger);
    const states = file.names(`${out}/`).filter((name) => name.startsWith("hidden"));
    const results = await run(size.name, {
      last_hidden_state: net.outputs.last,
      pooler_output: net.outputs.pooled,
      ...Object.fromEntries(states.map((name) => [
        name,
        hidden(net.taps, Number(name.slice("hidden".length)), file.stored(`${out}/${name}`).shape),
      ])),
    });
    for (const [name, result] of Object.entries(results)) {
      assertOutput(result, file.tensor(`${out}/${name}`), name);
    }
  });

  goldenTest(
    `swinStages() gives the backbone's values on in${size.name} where it always shifts`,
    [file, size],
    async () => {
      const { last } = build(size.name, alwaysPartition).outputs;
      const results = await run(size.name, { last });
      assertOutput(results.last!, file.tensor(`${out}/always_partition/last_hidden_state`));
    },
  );
}

goldenTest("swinStages() gives SwinModel's gradients", file, async () => {
  const net = build("", partitionIfLarger);
  const { last, pooled } = net.outputs;
  const [b, , dim] = last.dims(3);
  // The file's loss: mean(pooler²) + 0.1 · sum(last_hidden_state[:, 1]).
  const second = sum(slice(last, [0, 1, 0], [b, 1, dim]), [0, 1, 2]);
  const squares = reshape(mean(mul(pooled, pooled), [0, 1]), []);
  const loss = add(squares, mul(reshape(second, []), scalar(0.1)));
  const learnt = [...net.parameters];
  const derived = gradients(loss, learnt.map(([, { tensor }]) => tensor));
  const results = await run("", {
    loss,
    ...Object.fromEntries(learnt.map(([name], i) => [`g/${name}`, derived[i]!])),
  });
  const reference = file.tensor("out/loss").data[0]!;
  assertAlmostEquals(results.loss!.data[0]!, reference, 2e-5 * Math.abs(reference));
  const own = new Map(learnt.map(([name]) => [name, results[`g/${name}`]!]));
  assertGradients(file, toPublished(names, own).tensors);
});

const upernet = await golden("next/swin_upernet");

goldenTest("relativePositions() are transformers' indices into the table", upernet, () => {
  const expected = upernet.numbers("out/relative_position_index");
  const { window_size } = upernet.config.swin;
  assertEquals(relativePositions(window_size), [...expected]);
});

Deno.test("partitionIfLarger() shrinks windows to small maps and does not shift them", () => {
  const grid = (h: number, w: number) => ({ h, w, stage: 0 });
  assertEquals(partitionIfLarger(grid(7, 20), 7, true), { side: 7, shift: 0 });
  assertEquals(partitionIfLarger(grid(20, 4), 7, false), { side: 4, shift: 0 });
  assertEquals(partitionIfLarger(grid(8, 8), 7, true), { side: 7, shift: 3 });
  assertEquals(alwaysPartition(grid(4, 4), 7, true), { side: 7, shift: 3 });
  assertEquals(alwaysPartition(grid(4, 4), 7, false), { side: 7, shift: 0 });
});
