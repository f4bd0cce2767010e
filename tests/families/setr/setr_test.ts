import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { mul } from "../../../lib/graph/ops/math.ts";
import { slice } from "../../../lib/graph/ops/structure.ts";
import { input, scalar, type Tensor } from "../../../lib/graph/tensor.ts";
import { setr, type SetrConfig } from "../../../lib/families/setr/setr.ts";
import { parameterCount, Scope } from "../../../lib/nn/scope.ts";
import { logitsOf, type Scores, segmentationLoss } from "../../../lib/nn/scores.ts";
import { Program } from "../../../lib/runtime/program.ts";
import { value } from "../../../lib/runtime/value.ts";
import { slidingWindow } from "../../inference/dense.ts";
import {
  assertGradients,
  assertOutput,
  type Golden,
  goldenFamily,
  goldenTest,
} from "../../golden.ts";
import { setrOf } from "./golden_setr.ts";
import { runGraph, tested } from "../../run_graph.ts";
import { assertSame } from "../../same.ts";

/** torch counts batches, and mmseg gives heads a second classifier: our model has neither. */
const isOurs = (name: string) => !/num_batches_tracked$|\.conv_seg\./.test(name);

function weightsOf(file: Golden): Map<string, NDArray> {
  return new Map([...file.weights()].filter(([name]) => isOurs(name)));
}

/** The tap that must equal an intermediate value of the reference. */
function tapOf(name: string): string {
  return name.replace(/^backbone\/attn(\d+)/, "backbone.blocks.$1.attn.weights")
    .replace("decode/norm", "decode_head.normed").replace("decode/", "decode_head.")
    .replace(/^aux(\d+)\//, "auxiliary_head.$1.").replace("/", ".");
}

/** In the README's words: of these, every `channels`-th channel and `side`-th row and column. */
const thinned: readonly (readonly [RegExp, channels: number, side: number])[] = [
  [/^decode\/bn0/, 8, 1],
  [/^decode\/bn/, 16, 4],
  [/^decode\/mlahead/, 8, 2],
  [/^backbone\/mla_p/, 8, 1],
  [/^logits_train_thin/, 1, 4],
];

/** A map as the file has it. */
function thin(map: NDArray, name: string): NDArray {
  const [, channels, side] = thinned.find(([names]) => names.test(name)) ?? [name, 1, 1];
  const { shape, data } = map;
  if (channels * side === 1) return map;
  const [b, c, h, w] = shape as [number, number, number, number];
  const kept = [b, Math.ceil(c / channels), Math.ceil(h / side), Math.ceil(w / side)];
  const [, kc, kh, kw] = kept as [number, number, number, number];
  const values = Float32Array.from({ length: b * kc * kh * kw }, (_, i) => {
    const [x, y] = [i % kw, Math.floor(i / kw) % kh];
    const [channel, image] = [Math.floor(i / kw / kh) % kc, Math.floor(i / kw / kh / kc)];
    return data[((image * c + channel * channels) * h + y * side) * w + x * side]!;
  });
  return { shape: kept, data: values };
}

async function compareInference(file: Golden): Promise<void> {
  const images = file.tensor("in/images");
  const [, , h, w] = images.shape as [number, number, number, number];
  const net = Scope.build(false, (p) => setr(p, input("images", images.shape), setrOf(file)));
  const weights = weightsOf(file);
  assertSame([...net.parameters.keys()].sort(), [...weights.keys()].sort());
  for (const [name, { tensor }] of net.parameters) {
    assertEquals([...tensor.shape], [...weights.get(name)!.shape], name);
  }
  const intermediates = file.names("out/").filter((name) => name.includes("/"))
    .filter((name) => !name.startsWith("running/"));
  const logits = logitsOf(net.outputs, h, w);
  const results = await runGraph({
    // The file has the first image's.
    logits_eval: slice(logits, [0, 0, 0, 0], [1, ...logits.shape.slice(1)]),
    ...Object.fromEntries(intermediates.map((name) => [name, net.taps.get(tapOf(name))!])),
  } as Record<string, Tensor>, { images, ...Object.fromEntries(weights) });
  for (const name of ["logits_eval", ...intermediates]) {
    assertOutput(thin(results[name]!, name), file.tensor(`out/${name}`), name);
  }
}

async function compareTraining(file: Golden): Promise<void> {
  const images = file.tensor("in/images");
  const labels = file.stored("in/labels").shape;
  const [, , h, w] = images.shape as [number, number, number, number];
  const net = Scope.build(true, (p) => setr(p, input("images", images.shape), setrOf(file)));
  // mmseg divides by the number of all pixels, ours by that of the labelled ones.
  const share = file.numbers("out/n_valid")[0]! / file.numbers("out/n_all")[0]!;
  const mean = segmentationLoss(net.outputs, input("labels", labels, "uint8"));
  const loss = mul(mean, scalar(share));
  const wanted = [...file.names("g/"), ...file.names("gs/")];
  const derived = gradients(loss, wanted.map((name) => net.parameters.get(name)!.tensor));
  const running = file.names("out/running/").filter(isOurs);
  assertEquals([...net.updates.keys()].sort(), [...running].sort());
  const results = await runGraph({
    loss,
    mean,
    logits: logitsOf(net.outputs, h, w),
    ...Object.fromEntries(running.map((name) => [`next/${name}`, net.updates.get(name)!])),
    ...Object.fromEntries(wanted.map((name, i) => [`grad/${name}`, derived[i]!])),
  } as Record<string, Tensor>, {
    images,
    labels: { shape: labels, data: file.labels() },
    ...Object.fromEntries(weightsOf(file)),
  });

  const reference = file.tensor("out/loss").data[0]!;
  assertAlmostEquals(results.loss!.data[0]!, reference, 2e-5 * reference);
  const valid = file.tensor("out/loss_valid_mean").data[0]!;
  assertAlmostEquals(results.mean!.data[0]!, valid, 2e-5 * valid);
  const logits = thin(results.logits!, "logits_train_thin");
  assertOutput(logits, file.tensor("out/logits_train_thin"), "logits_train");
  for (const name of running) {
    assertOutput(results[`next/${name}`]!, file.tensor(`out/running/${name}`), name);
  }
  assertGradients(file, new Map(wanted.map((name) => [name, results[`grad/${name}`]!])));
}

async function compareSlide(file: Golden): Promise<void> {
  const [window, height, stride, down] = file.numbers("in_slide/crop_stride");
  assertEquals([height, down], [window, stride], "windows are square");
  const images = input("images", [1, 3, window!, window!]);
  const net = Scope.build(false, (p) => setr(p, images, setrOf(file)));
  const program = await Program.compile(
    { logits: logitsOf(net.outputs, window!, window!) },
    { ...tested, weights: weightsOf(file) },
  );
  const network = async ({ data, shape }: NDArray): Promise<NDArray> => {
    const logits = (await program.run({ images: value(data, shape) })).logits!;
    return { shape: logits.shape, data: logits.data as Float32Array };
  };
  const { data, shape } = file.tensor("in_slide/image");
  const image = { shape: shape.slice(1), data };
  const own = await slidingWindow(network, image, { window: window!, stride: stride! });
  await program.release();
  const reference = file.tensor("out_slide/logits");
  assertOutput({ shape: [1, ...own.shape], data: own.data }, reference, "slide");
}

const files = await goldenFamily("setr");
for (const file of files) {
  goldenTest(`setr() gives the official values of ${file.file}`, file, async () => {
    await compareInference(file);
  });

  goldenTest(
    `setr() gives the official loss, gradients and statistics of ${file.file}`,
    file,
    async () => {
      await compareTraining(file);
    },
  );

  if ((file.own ?? file).part("in_slide/").lacking) continue;
  goldenTest(
    `setr() with slidingWindow() gives mmseg's slide inference of ${file.file}`,
    file.part("in_slide/"),
    async () => {
      await compareSlide(file);
    },
  );
}

const tiny: SetrConfig = {
  head: "naive",
  encoder: {
    imageSize: [32, 32],
    patch: 16,
    dim: 8,
    heads: 2,
    layers: 4,
    distilled: false,
    eps: 1e-6,
    dropout: 0,
    dropPath: 0,
  },
  embedding: "patches",
  layers: [3],
  auxiliary: [1],
  levelChannels: 4,
  classes: 3,
};

function build(config: SetrConfig, training = false, sides = [40, 70] as const) {
  const images = input("images", [2, 3, ...sides]);
  return Scope.build(training, (p) => setr(p, images, config));
}

const shapesOf = (maps: readonly Scores[]) => maps.map(({ map }) => map.shape);

Deno.test("setr() pads images to whole patches when their sides are not", () => {
  const naive = build(tiny).outputs;
  assertEquals([naive.height, naive.width], [48, 80]);
  assertEquals(naive.map.shape, [2, 3, 3, 5]);
  assertEquals(build({ ...tiny, head: "pup" }).outputs.map.shape, [2, 3, 24, 40]);
  const mla = build({ ...tiny, head: "mla", layers: [0, 1, 2, 3] }).outputs;
  assertEquals(mla.map.shape, [2, 3, 12, 20]);
});

Deno.test("setr() gives auxiliary scores only when training, with the same weights", () => {
  for (const head of ["naive", "pup", "mla"] as const) {
    const config = { ...tiny, head, ...(head === "mla" ? { layers: [0, 1, 2, 3] } : {}) };
    const [inference, training] = [build(config), build(config, true)];
    assertEquals(inference.outputs.auxiliary, undefined);
    const side = head === "pup" ? 4 : 1;
    assertEquals(shapesOf(training.outputs.auxiliary!), [[2, 3, 3 * side, 5 * side]]);
    assertSame([...inference.parameters.keys()], [...training.parameters.keys()]);
  }
});

Deno.test("setr() refuses heads on blocks that the encoder does not have", () => {
  assertThrows(
    () => build({ ...tiny, head: "mla" }),
    RangeError,
    "Cannot build SETR's mla head: 4 blocks of the encoder needed, got [3]",
  );
  assertThrows(
    () => build({ ...tiny, auxiliary: [4] }),
    RangeError,
    "Cannot read block 4: one of 0 to 3 needed",
  );
  assertThrows(
    () => build({ ...tiny, head: "mla", layers: [0, 1, 2, 3], auxiliary: [-1] }),
    RangeError,
    "Cannot read block -1",
  );
  assertThrows(
    () =>
      build({
        ...tiny,
        encoder: { ...tiny.encoder, layers: 5 },
        head: "mla",
        layers: [0, 1, 2, 3],
        auxiliary: [4],
      }),
    RangeError,
    "Cannot put an auxiliary head on block 4: one of [0,1,2,3] needed with MLA",
  );
});

Deno.test("setr() takes patches from a ResNet-50 at stride 16 when it is the hybrid", () => {
  const net = build({ ...tiny, embedding: "resnet50" });
  assertEquals(net.outputs.map.shape, [2, 3, 3, 5]);
  const shape = (name: string) => net.parameters.get(name)?.tensor.shape;
  assertEquals(shape("backbone.patch_embed.proj.weight"), [8, 2048]);
  assertEquals(shape("backbone.patch_embed.backbone.conv1.weight"), [64, 3, 7, 7]);
  assertEquals(net.taps.get("backbone.patch_embed.backbone.layer4")?.shape, [2, 2048, 3, 5]);
  const prefix = "backbone.patch_embed.backbone.";
  const below = [...net.parameters].filter(([name]) => name.startsWith(prefix));
  assertEquals(parameterCount(new Map(below)), 23_508_032); // torchvision's 25,557,032 without fc
  assertThrows(
    () => build({ ...tiny, embedding: "resnet50", encoder: { ...tiny.encoder, patch: 8 } }),
    RangeError,
    "Cannot embed images by a ResNet-50: patches of 16 pixels",
  );
});
