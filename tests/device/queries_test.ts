/** A network whose answer is masks with classes, matched to the truth outside of its graph. */
import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import type { Batch } from "../../lib/data/batches.ts";
import {
  type Architecture,
  type Family,
  modelOf,
  type NetworkConfig,
} from "../../lib/families/family.ts";
import { windowProtocol } from "../../lib/families/protocol.ts";
import { vits } from "../../lib/families/encoders/vit_checkpoints.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { oneHot } from "../../lib/graph/ops/indices.ts";
import { add, div, exp, float, mul, neg, sub } from "../../lib/graph/ops/math.ts";
import { matmul } from "../../lib/graph/ops/matmul.ts";
import { logSoftmax, softmax } from "../../lib/graph/ops/normalize.ts";
import { mean } from "../../lib/graph/ops/reduce.ts";
import { reshape, slice, swapLast, transpose } from "../../lib/graph/ops/structure.ts";
import { input, scalar, type Tensor } from "../../lib/graph/tensor.ts";
import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { initialize, normal } from "../../lib/nn/init.ts";
import { linear } from "../../lib/nn/layers.ts";
import type { Model } from "../../lib/nn/model.ts";
import type { Scope } from "../../lib/nn/scope.ts";
import { stream } from "../../lib/random.ts";
import { DeviceStep } from "../../lib/train/device_step.ts";
import { TrainStep } from "../../lib/train/step.ts";
import { stepGraph } from "../../lib/train/step_graph.ts";
import { hasDevice } from "./has_device.ts";
import { tinyStep } from "../train/tiny.ts";

const [SIDE, PATCH, CLASSES, QUERIES, DIM] = [32, 8, 3, 4, 16];
const CELLS = SIDE / PATCH;

/** For each query the probability of each patch [b, queries, n] and its class [b, queries, classes]. */
interface Answer {
  readonly masks: Tensor;
  readonly classes: Tensor;
  readonly rows: number;
  readonly columns: number;
}

function build(p: Scope, images: Tensor): Answer {
  const [b, , h, w] = images.dims(4);
  const [rows, columns] = [h / PATCH, w / PATCH];
  const cells = reshape(images, [b, 3, rows, PATCH, columns, PATCH]);
  const patches = reshape(transpose(cells, [0, 2, 4, 1, 3, 5]), [b, rows * columns, 192]);
  const tokens = linear(p.at("embed"), patches, DIM); // [b, n, dim]
  const queries = p.param("queries", [QUERIES, DIM], normal(0.5));
  const scores = matmul(queries, swapLast(tokens)); // [b, queries, n]
  const masks = div(scalar(1), add(scalar(1), exp(neg(scores))));
  const pooled = matmul(softmax(scores), tokens); // [b, queries, dim]
  return { masks, classes: linear(p.at("class"), pooled, CLASSES), rows, columns };
}

/** The mean squared distance of each query's mask to that of each class: [b, queries, classes]. */
function costs({ masks, rows, columns }: Answer, labels: Tensor): Tensor {
  const [b] = masks.dims(3);
  const n = rows * columns;
  const cells = reshape(labels, [b, rows, PATCH, columns, PATCH]);
  const corners = slice(cells, [0, 0, 0, 0, 0], [b, rows, 1, columns, 1]);
  const truth = reshape(oneHot(float(reshape(corners, [b * n, 1])), CLASSES), [b, n, CLASSES]);
  const own = mean(mul(masks, masks), [2]); // [b, queries, 1]
  const theirs = mean(truth, [1]); // [b, 1, classes]
  return sub(add(own, theirs), mul(matmul(masks, truth), scalar(2 / n)));
}

/** Of each image the classes that occur, each with the query that costs least and is still free. */
function assigned({ shape, data }: NDArray, occurring: NDArray): Float32Array {
  const [b, queries, classes] = shape as [number, number, number];
  const targets = new Float32Array(b * queries * classes);
  for (let image = 0; image < b; image++) {
    const free = new Set(Array.from({ length: queries }, (_, query) => query));
    for (let label = 0; label < classes; label++) {
      if (occurring.data[image * classes + label] === 0) continue;
      const cost = (query: number) => data[(image * queries + query) * classes + label]!;
      const best = [...free].reduce((a, b) => cost(b) < cost(a) ? b : a);
      free.delete(best);
      targets[(image * queries + best) * classes + label] = 1;
    }
  }
  return targets;
}

const model: Model<Answer> = {
  build,
  objective: (answer, labels) => {
    const cost = costs(answer, labels);
    const [b] = cost.dims(3);
    const pairs = input("targets/pairs", [b, QUERIES, CLASSES]);
    const surprise = neg(logSoftmax(answer.classes));
    const loss = div(sum(mul(pairs, add(cost, surprise)), [0, 1, 2]), scalar(b));
    const pixels = oneHot(float(reshape(labels, [b * SIDE * SIDE, 1])), CLASSES);
    const occurring = sum(reshape(pixels, [b, SIDE * SIDE, CLASSES]), [1]);
    return {
      loss: reshape(loss, []),
      matching: {
        needs: { cost, occurring },
        given: () => ({}),
        targets: ({ cost, occurring }) => {
          const { shape } = cost!;
          return { "targets/pairs": { shape, data: assigned(cost!, occurring!) } };
        },
      },
    };
  },
  scores: ({ masks, classes, rows, columns }) => {
    const [b] = masks.dims(3);
    const pixels = matmul(swapLast(softmax(classes)), masks); // [b, classes, n]
    const map = reshape(pixels, [b, CLASSES, rows, columns]);
    return { map, height: rows * PATCH, width: columns * PATCH };
  },
  probabilities: (scores) => div(scores, sum(scores, [scores.shape.length - 1])),
};

const family: Family<NetworkConfig> = {
  name: "toy",
  model: () => model,
  smallestSide: () => PATCH,
  variants: {},
  backbone: { encoder: vits, path: "" },
  checkpoints: [],
  presets: {},
};
const architecture: Architecture = { family, config: { classes: CLASSES } };

/** Images of two classes side by side, each with a colour of its own. */
function batchOf(step: number, count: number): Batch {
  const images = new Float32Array(count * 3 * SIDE * SIDE);
  const labels = new Uint8Array(count * SIDE * SIDE);
  for (let i = 0; i < count; i++) {
    const random = stream(`queries/${step}/${i}`, 1);
    const left = random.integer(0, CLASSES);
    const right = (left + random.integer(1, CLASSES)) % CLASSES;
    const edge = PATCH * random.integer(1, CELLS);
    for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
      const label = pixel % SIDE < edge ? left : right;
      labels[i * SIDE * SIDE + pixel] = label;
      for (let channel = 0; channel < 3; channel++) {
        const colour = (channel === label ? 1 : -0.5) + 0.1 * random.normal();
        images[(i * 3 + channel) * SIDE * SIDE + pixel] = colour;
      }
    }
  }
  return {
    step,
    images: { shape: [count, 3, SIDE, SIDE], data: images },
    labels: { shape: [count, SIDE, SIDE], data: labels },
    unlabelled: [],
  };
}

Deno.test("TrainStep.run() trains a network of queries when matching is a part of its objective", async () => {
  const config = { ...tinyStep, crop: SIDE, batch: 8, accumulate: 2 };
  const graph = stepGraph(modelOf(architecture), config);
  const values = initialize(graph.net.parameters, 1);
  assertEquals(graph.trained, [
    "embed.weight",
    "embed.bias",
    "queries",
    "class.weight",
    "class.bias",
  ]);
  const trainer = await TrainStep.compile(graph, config, values);
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    const micro = [batchOf(2 * step, 8), batchOf(2 * step + 1, 8)];
    losses.push((await trainer.run(micro, step, 0.05)).loss);
  }
  const weights = trainer.state();
  assert(losses.at(-1)! < 0.2 * losses[0]!, `${losses[0]} became ${losses.at(-1)}`);

  const predictor = new NetworkPredictor({
    architecture,
    weights,
    normalization: { mean: [0, 0, 0], std: [100, 100, 100] },
    protocol: windowProtocol({ base: null, window: SIDE, stride: SIDE }),
    threads: 1,
  });
  // The left three quarters are of class 1, the rest of class 2; the colours are bytes.
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const label = Math.floor(i / 3) % SIDE < 24 ? 1 : 2;
    return i % 3 === label ? 100 : 0;
  });
  const { labels } = await predictor.predict({ width: SIDE, height: SIDE, data });
  const right = labels.data.filter((label, i) => label === (i % SIDE < 24 ? 1 : 2)).length;
  assert(right > 0.9 * labels.data.length, `${right} of ${labels.data.length}`);
  await trainer.release();
});

Deno.test({
  name: "DeviceStep.run() trains a network of queries as the processor does",
  ignore: !hasDevice,
  fn: async () => {
    const config = { ...tinyStep, crop: SIDE, batch: 2, accumulate: 2 };
    const graph = stepGraph(modelOf(architecture), config);
    const first = () => initialize(graph.net.parameters, 1);
    const own = await TrainStep.compile(graph, config, first());
    const other = await DeviceStep.compile(graph, config, first());
    for (let step = 0; step < 3; step++) {
      const micro = [batchOf(2 * step, 2), batchOf(2 * step + 1, 2)];
      const [wanted, found] = [
        await own.run(micro, step, 0.05),
        await other.run(micro, step, 0.05),
      ];
      assert(Math.abs(wanted.loss - found.loss) < 1e-4, `${wanted.loss} and ${found.loss}`);
    }
    await own.release();
    await other.release();
  },
});
