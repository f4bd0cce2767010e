import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { toPublished } from "../../../lib/checkpoints/name_rules.ts";
import { officialTransunet } from "../../../lib/families/transunet/checkpoints.ts";
import { transunetFamily } from "../../../lib/families/transunet/family.ts";
import { transunet, type TransunetConfig } from "../../../lib/families/transunet/transunet.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { input, type Tensor } from "../../../lib/graph/tensor.ts";
import { PLAIN_LOSS } from "../../../lib/nn/losses/options.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { logitsOf, segmentationLoss } from "../../../lib/nn/scores.ts";
import { assertGradients, assertOutput, golden, goldenTest } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";
import { assertSame } from "../../same.ts";
import { thinnedMap } from "../thinned_map.ts";
import { transunetConfigOf, transunetWeights } from "./golden_transunet.ts";

const file = await golden("next/transunet");
const config = transunetConfigOf(file);
const weights = transunetWeights(file);
const HYBRID = "transformer.embeddings.hybrid_model.";

/** A value of the network by its name in the file, thinned as there. */
function valueOf(taps: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tap = (path: string) => taps.get(path)!;
  const [, kind, i] = name.match(/^([a-z/_]+?)(\d?)$/) as unknown as [string, string, string];
  switch (kind) {
    case "resnet/root":
      return thinnedMap(tap(`${HYBRID}root`), 4);
    case "resnet/block":
      return thinnedMap(tap(`${HYBRID}block${i}`), 16);
    case "skip":
      return thinnedMap(tap(`${HYBRID}skip${i}`), 16);
    case "decoder/conv_more":
      return thinnedMap(tap("decoder.conv_more"), 16);
    case "decoder/block":
      return thinnedMap(tap(`decoder.block${i}`), 2);
    case "attn":
      return tap(`transformer.encoder.layer.${i}.attn.weights`);
    case "block":
      return tap(`transformer.encoder.block${i}`);
    default:
      return tap(`transformer.${name}`);
  }
}

function build(size: string, training: boolean) {
  const images = input("images", file.stored(`in${size}/images`).shape);
  return Scope.build(training, (p) => transunet(p, images, config));
}

async function run(size: string, outputs: Readonly<Record<string, Tensor>>) {
  return await runGraph(outputs, {
    ...Object.fromEntries(weights),
    images: file.tensor(`in${size}/images`),
    labels: { shape: file.stored("in/labels").shape, data: file.labels() },
  });
}

for (const size of file.cases((file) => file.sizes())) {
  goldenTest(`transunet() gives the official values on in${size.name}`, [file, size], async () => {
    const net = build(size.name, false);
    const { height, width } = net.outputs;
    const others = /^(logits_|loss|running\/)/;
    const names = file.names(`out${size.name}/`).filter((name) => !others.test(name));
    const results = await run(size.name, {
      logits_eval: logitsOf(net.outputs, height, width),
      ...Object.fromEntries(names.map((name) => [name, valueOf(net.taps, name)])),
    });
    for (const [name, result] of Object.entries(results)) {
      assertOutput(result, file.tensor(`out${size.name}/${name}`), name);
    }
  });
}

goldenTest("transunet() gives the official loss, gradients and statistics", file, async () => {
  const net = build("", true);
  const labels = input("labels", file.stored("in/labels").shape, "uint8");
  const lossOf = (loss: string) => segmentationLoss(net.outputs, labels, { ...PLAIN_LOSS, loss });
  const losses = {
    loss: lossOf(transunetFamily.loss!),
    loss_ce: lossOf("ce"),
    loss_dice: lossOf("squared-dice"),
  };
  const learnt = [...net.parameters].filter(([, { buffer }]) => !buffer);
  const derived = gradients(losses.loss, learnt.map(([, { tensor }]) => tensor));
  const results = await run("", {
    ...losses,
    logits: thinnedMap(net.outputs.map, 1, 2),
    ...Object.fromEntries(learnt.map(([name], i) => [`g/${name}`, derived[i]!])),
    ...Object.fromEntries([...net.updates].map(([name, next]) => [`next/${name}`, next])),
  });
  for (const name of Object.keys(losses)) {
    const reference = file.tensor(`out/${name}`).data[0]!;
    assertAlmostEquals(results[name]!.data[0]!, reference, 2e-5 * reference, name);
  }
  assertOutput(results.logits!, file.tensor("out/logits_train"), "logits");
  const own = new Map<string, NDArray>(
    learnt.map(([name]) => [name, results[`g/${name}`]!]),
  );
  assertGradients(file, toPublished(officialTransunet, own).tensors);
  const running = file.names("out/running/").filter((name) => !name.endsWith("_tracked"));
  assertSame([...net.updates.keys()].sort(), running.sort());
  for (const name of running) {
    assertOutput(results[`next/${name}`]!, file.tensor(`out/running/${name}`), name);
  }
});

goldenTest("transunet() declares the parameters of the official checkpoint", file, () => {
  const { parameters } = build("", false);
  assertSame([...parameters.keys()].sort(), [...weights.keys()].sort());
  for (const [name, { tensor }] of parameters) {
    assertEquals([...tensor.shape], [...weights.get(name)!.shape], name);
  }
});

const tiny: TransunetConfig = {
  ...{ width: 32, units: [1, 1, 1], image: 32, dim: 8, heads: 2, layers: 1, hidden: 16 },
  ...{ dropout: 0.1, decoder: [12, 8, 6, 4], skips: 1, classes: 3 },
};

Deno.test("transunet() leads as many maps into the decoder as are wanted, coarsest first", () => {
  const channels = (skips: number) => {
    const images = input("images", [1, 3, 32, 32]);
    const { parameters } = Scope.build(false, (p) => transunet(p, images, { ...tiny, skips }));
    return [0, 1, 2, 3].map((i) =>
      parameters.get(`decoder.blocks.${i}.conv1.0.weight`)!.tensor.shape[1]
    );
  };
  assertEquals(channels(0), [512, 12, 8, 6]);
  assertEquals(channels(1), [512 + 256, 12, 8, 6]);
  assertEquals(channels(3), [512 + 256, 12 + 128, 8 + 32, 6]);
});

Deno.test("transunet() takes other sizes than its own, and drops in the transformer alone", () => {
  const images = input("images", [2, 3, 40, 50]);
  const { outputs, noise } = Scope.build(true, (p) => transunet(p, images, tiny));
  assertEquals([...outputs.map.shape], [2, 3, 48, 64]);
  assertEquals([outputs.height, outputs.width], [48, 64]);
  const path = "noise/transformer.";
  assertEquals([...noise].map(([name, { tensor }]) => [name, [...tensor.shape]]), [
    [`${path}embeddings.dropout`, [2, 12, 8]],
    [`${path}encoder.layer.0.ffn.fc1.dropout`, [2, 12, 16]],
    [`${path}encoder.layer.0.ffn.fc2.dropout`, [2, 12, 8]],
  ]);
});
