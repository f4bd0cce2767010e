import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { toPublished, toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import { SideFiles } from "../../../lib/checkpoints/side_files.ts";
import {
  fitSwinUnet,
  officialSwinUnet,
  swinUnetKinds,
} from "../../../lib/families/swin_unet/checkpoints.ts";
import { swinUnetFamily } from "../../../lib/families/swin_unet/family.ts";
import { swinUnet, type SwinUnetConfig } from "../../../lib/families/swin_unet/swin_unet.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { reshape } from "../../../lib/graph/ops/structure.ts";
import { input, type Tensor } from "../../../lib/graph/tensor.ts";
import { pretrainedFor } from "../../../lib/models/pretrained.ts";
import { PLAIN_LOSS } from "../../../lib/nn/losses/options.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { logitsOf, segmentationLoss } from "../../../lib/nn/scores.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { assertGradients, assertOutput, golden, goldenTest, ownPath } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";
import { assertSame } from "../../same.ts";
import { thinnedMap } from "../thinned_map.ts";

const file = await golden("next/swin_unet");
const { size, embed, depths, heads, window, ncls } = file.config;
const config: SwinUnetConfig = {
  image: size,
  encoder: { dim: embed, depths, heads, window, dropPath: 0 },
  classes: ncls,
};
const weights = file.weights();

/** A value of the network by its name in the file, as tokens [b, n, dim] as there. */
function valueOf(taps: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const [, stage, block] = name.match(/^down(\d)(?:\/block(\d))?$/) ?? [];
  if (block !== undefined) return taps.get(`block${stage}.${block}`)!;
  if (stage !== undefined) {
    const last = depths.length - 1;
    if (Number(stage) === last) return taps.get(`block${last}.${depths[last] - 1}`)!;
    return tokens(taps.get(`merge${stage}`)!);
  }
  const tap = taps.get(name)!;
  if (name === "embed") return tap;
  return name === "expand4" ? everyFourth(tokens(tap)) : tokens(tap);
}

function tokens(map: Tensor): Tensor {
  const [b, h, w, dim] = map.dims(4);
  return reshape(map, [b, h * w, dim]);
}

/** Of tokens [b, n, dim] those that the file keeps. */
function everyFourth(x: Tensor): Tensor {
  const [b, n, dim] = x.dims(3);
  return reshape(thinnedMap(reshape(x, [b, n, dim, 1]), 4), [b, Math.ceil(n / 4), dim]);
}

function build(size: string, training: boolean) {
  const images = input("images", file.stored(`in${size}/images`).shape);
  return Scope.build(training, (p) => swinUnet(p, images, config));
}

async function run(size: string, outputs: Readonly<Record<string, Tensor>>) {
  return await runGraph(outputs, {
    ...Object.fromEntries(weights),
    images: file.tensor(`in${size}/images`),
    labels: { shape: file.stored("in/labels").shape, data: file.labels() },
  });
}

for (const size of file.cases((file) => file.sizes())) {
  goldenTest(`swinUnet() gives the official values on in${size.name}`, [file, size], async () => {
    const net = build(size.name, false);
    const { height, width } = net.outputs;
    const names = file.names(`out${size.name}/`).filter((name) => !/^(logits_|loss)/.test(name));
    const results = await run(size.name, {
      logits_eval: logitsOf(net.outputs, height, width),
      ...Object.fromEntries(names.map((name) => [name, valueOf(net.taps, name)])),
    });
    for (const [name, result] of Object.entries(results)) {
      assertOutput(result, file.tensor(`out${size.name}/${name}`), name);
    }
  });
}

goldenTest("swinUnet() gives the official loss and gradients", file, async () => {
  const net = build("", true);
  const labels = input("labels", file.stored("in/labels").shape, "uint8");
  const lossOf = (loss: string) => segmentationLoss(net.outputs, labels, { ...PLAIN_LOSS, loss });
  const losses = {
    loss: lossOf(swinUnetFamily.loss!),
    loss_ce: lossOf("ce"),
    loss_dice: lossOf("squared-dice"),
  };
  const learnt = [...net.parameters];
  const derived = gradients(losses.loss, learnt.map(([, { tensor }]) => tensor));
  const results = await run("", {
    ...losses,
    logits: thinnedMap(net.outputs.map, 1, 2),
    ...Object.fromEntries(learnt.map(([name], i) => [`g/${name}`, derived[i]!])),
  });
  for (const name of Object.keys(losses)) {
    const reference = file.tensor(`out/${name}`).data[0]!;
    assertAlmostEquals(results[name]!.data[0]!, reference, 2e-5 * reference, name);
  }
  assertOutput(results.logits!, file.tensor("out/logits_train"), "logits");
  const own = new Map<string, NDArray>(
    learnt.map(([name]) => [name, results[`g/${name}`]!]),
  );
  assertGradients(file, own);
});

goldenTest("swinUnet() declares the parameters of the official checkpoint", file, () => {
  const { parameters } = build("", false);
  assertSame([...parameters.keys()].sort(), [...weights.keys()].sort());
  for (const [name, { tensor }] of parameters) {
    assertEquals([...tensor.shape], [...weights.get(name)!.shape], name);
  }
});

goldenTest("renameFrom() keeps the official Swin-Unet's names, below its wrapper too", file, () => {
  const mask = "layers_up.1.blocks.1.attn_mask";
  const found = new Map([...weights, [mask, { shape: [1], data: new Float32Array(1) }]]);
  assertEquals(titleOf(found.keys()), "official Swin-Unet");
  assertSame(renameFrom("official Swin-Unet", found), { tensors: weights, unused: [mask] });
  assertSame(toPublished(officialSwinUnet, weights).tensors, weights);
});

goldenTest("rebuild() tells the image of a Swin-Unet by its smallest windows", file, async () => {
  const { tensors } = toSeglab(officialSwinUnet, weights);
  const beside = await SideFiles.of(ownPath("segformer_nvlabs.pth")); // nothing that describes it
  const rebuilt = await swinUnetKinds[0]!.rebuild(tensors, beside);
  const { length } = depths;
  const coarsest = 2 ** (length + 1); // its stride
  const image = coarsest * Math.min(window, size / coarsest); // nothing tells of more windows than one
  const encoder = { ...config.encoder, dropPath: 0.1 };
  assertEquals(rebuilt.config, { ...config, image, encoder });
  assertEquals(rebuilt.protocol.resize, {
    to: "size",
    size: [image, image],
    resampling: "bicubic",
  });
});

/** The encoder as Swin's ImageNet checkpoints hold it. */
function imageNet(): Map<string, NDArray> {
  const encoder = [...weights].filter(([name]) => /^(patch_embed|layers|norm)\./.test(name));
  const other = { shape: [1], data: new Float32Array(1) };
  return new Map([...encoder, ["head.weight", other]]);
}

goldenTest("pretrainedFor() begins encoder and decoder with ImageNet's Swin", file, () => {
  const tensors = imageNet();
  assertEquals(titleOf(tensors.keys()), "official Swin");
  const { values, report } = pretrainedFor({ family: swinUnetFamily, config }, tensors);
  assertEquals([report.misshapen, report.unused], [[], ["head.weight"]]);
  const block = "blocks.0.attn.qkv.weight";
  const { length } = depths;
  for (let s = 0; s < length - 1; s++) {
    const mirrored = `layers_up.${length - 1 - s}.${block}`;
    assertSame(values.get(mirrored), weights.get(`layers.${s}.${block}`));
  }
  assertEquals(report.missing.filter((name) => name.startsWith("layers.")), []);
  assert(report.missing.includes("layers_up.0.expand.weight"));
  assert(values.has("norm.weight"));
});

goldenTest("fitSwinUnet() leaves a whole Swin-Unet as it is", file, () => {
  const tensors = new Map(weights);
  fitSwinUnet(tensors, config);
  assertSame(tensors, weights);
});

const tiny: SwinUnetConfig = {
  image: 32,
  encoder: { dim: 4, depths: [1, 2, 1, 1], heads: [1, 1, 2, 2], window: 3, dropPath: 0.4 },
  classes: 3,
};

Deno.test("swinUnet() has the same windows and parameters for every image", () => {
  const built = (h: number, w: number) => {
    return Scope.build(false, (p) => swinUnet(p, input("images", [1, 3, h, w]), tiny));
  };
  const shapes = (h: number, w: number) =>
    [...built(h, w).parameters].map(([name, { tensor }]) => [name, [...tensor.shape]]);
  assertEquals(shapes(100, 30), shapes(32, 32));
  assertEquals([...built(50, 30).outputs.map.shape], [1, 3, 52, 32]);
  const table = "blocks.0.attn.relative_position_bias_table";
  const rows = Object.fromEntries(shapes(32, 32));
  // Maps of 8, 4, 2 and 1 cells a side with windows of 3.
  assertEquals([0, 1, 2, 3].map((s) => rows[`layers.${s}.${table}`]![0]), [25, 25, 9, 1]);
  assertEquals([1, 2, 3].map((i) => rows[`layers_up.${i}.${table}`]![0]), [9, 25, 25]);
});

Deno.test("swinUnet() drops paths in the decoder as often as in the encoder's stage", () => {
  const { noise } = Scope.build(true, (p) => swinUnet(p, input("images", [2, 3, 32, 32]), tiny));
  const keep = (name: string) => noise.get(`noise/${name}.mlp.drop_path`)?.keep;
  for (const [down, up] of [["1.blocks.1", "2.blocks.1"], ["2.blocks.0", "1.blocks.0"]]) {
    assertAlmostEquals(keep(`layers.${down}`)!, keep(`layers_up.${up}`)!, 1e-12);
  }
  assertEquals(keep("layers_up.3.blocks.0"), undefined); // as the encoder's first
  assertAlmostEquals(keep("layers_up.2.blocks.0")!, 0.9, 1e-12);
});
