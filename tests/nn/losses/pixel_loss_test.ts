import { assert, assertEquals, assertThrows } from "@std/assert";
import { gradients } from "../../../lib/graph/gradients.ts";
import { exportOnnx } from "../../../lib/graph/export.ts";
import { constant, input } from "../../../lib/graph/tensor.ts";
import { lossKinds } from "../../../lib/nn/losses/kinds.ts";
import { type LossOptions, PLAIN_LOSS } from "../../../lib/nn/losses/options.ts";
import { binaryLoss, pixelLoss, requireLoss } from "../../../lib/nn/losses/pixel_loss.ts";
import { segmentationLoss } from "../../../lib/nn/scores.ts";
import { encodeOnnx } from "../../../lib/onnx/bytes.ts";
import { assertDifferences, type Case, of } from "../../graph/finite_differences.ts";
import { randomArray } from "../../random_array.ts";
import { runGraph } from "../../run_graph.ts";

const names = Object.keys(lossKinds);
const weights = [1, 0.5, 2, 0.25];

/** What the golden set has no case of, besides each loss with its defaults. */
const further: Readonly<Record<string, Partial<LossOptions>>> = {
  "a weighted sum": { loss: "0.5*ce+2*dice+tversky(gamma=2)" },
  "weighted focal": { loss: "focal(gamma=1.5,alpha=0.3)", classWeights: weights },
  "weighted softmax focal": { loss: "softmax-focal(gamma=3)", classWeights: weights },
  "weighted Lovász": { loss: "lovasz", classWeights: weights },
  "weighted Jaccard with a logarithm": { loss: "jaccard(log=true)", classWeights: weights },
  "smoothing over all pixels": { labelSmoothing: 0.2, mean: "all", classWeights: weights },
  "OHEM of the likely half": { loss: "ohem(threshold=none,share=0.5)", classWeights: weights },
};
const cases = {
  ...Object.fromEntries(names.map((loss) => [loss, { loss }])),
  ...further,
} as Readonly<Record<string, Partial<LossOptions>>>;

/** Labels of 4 classes: 4 and more are ignored, and 2 is absent. */
const labels = constant(Uint8Array.of(0, 3, 255, 1, 1, 0, 255, 0, 200, 3, 4, 1), [2, 2, 3]);
const binary = constant(Uint8Array.of(0, 1, 255, 1, 1, 0, 255, 0, 0, 0, 2, 1), [2, 2, 3]);

for (const [name, options] of Object.entries(cases)) {
  const chosen = { ...PLAIN_LOSS, ...options };
  const tests: Case[] = [
    of([[2, 2, 3, 4]], (logits) => pixelLoss(logits!, labels, chosen)),
    of([[2, 2, 3, 1]], (x) => binaryLoss(x!, binary, { ...chosen, classWeights: null })),
    of([[2, 4, 1, 2], [2, 4, 2, 2]], (map, other) =>
      segmentationLoss(
        {
          map: map!,
          height: 2,
          width: 4,
          auxiliary: [{ map: other!, height: 4, width: 3 }],
        },
        labels,
        chosen,
      )),
  ];
  // Lovász's has a kink wherever two errors are equal; the golden set has its gradient.
  if (!chosen.loss.includes("lovasz")) {
    Deno.test(`pixelLoss() has the gradient of finite differences when it is ${name}`, async () => {
      for (const [i, test] of tests.entries()) await assertDifferences(`${name} ${i}`, test);
    });
  }

  Deno.test(`pixelLoss() is 0 with gradient 0 when all is ignored and it is ${name}`, async () => {
    const ignored = constant(new Uint8Array(12).fill(255), [2, 2, 3]);
    const feeds = {
      x: randomArray("x", [2, 2, 3, 4]),
      score: randomArray("score", [2, 2, 3, 1]),
    };
    const x = input("x", feeds.x.shape);
    const score = input("score", feeds.score.shape);
    const many = pixelLoss(x, ignored, chosen);
    const two = binaryLoss(score, ignored, { ...chosen, classWeights: null });
    const [dMany] = gradients(many, [x]);
    const [dTwo] = gradients(two, [score]);
    const results = await runGraph({ many, two, dMany: dMany!, dTwo: dTwo! }, feeds);
    for (const { data } of Object.values(results)) {
      assert(data.every((value) => value === 0), `${name}: ${data}`);
    }
  });

  Deno.test(`pixelLoss() leaves ignored pixels without gradient when it is ${name}`, async () => {
    const feed = randomArray("x", [2, 2, 3, 4]);
    const x = input("x", feed.shape);
    const [dx] = gradients(pixelLoss(x, labels, chosen), [x]);
    const { data } = (await runGraph({ dx: dx! }, { x: feed })).dx;
    for (const pixel of [2, 6, 8, 10]) {
      assertEquals([...data.subarray(4 * pixel, 4 * pixel + 4)].map(Math.abs), [0, 0, 0, 0]);
    }
    assert(data.every(Number.isFinite));
  });
}

Deno.test("pixelLoss() is finite when logits are large and pixels few", async () => {
  const feed = { shape: [1, 1, 3, 3], data: Float32Array.of(1e4, -1e4, 0, 0, 90, -90, 0, 0, 1e4) };
  const x = input("x", feed.shape);
  const truth = constant(Uint8Array.of(0, 2, 255), [1, 1, 3]);
  for (const loss of names) {
    const y = pixelLoss(x, truth, { ...PLAIN_LOSS, loss });
    const [dx] = gradients(y, [x]);
    const results = await runGraph({ y, dx: dx! }, { x: feed });
    const values = [...results.y.data, ...results.dx.data];
    assert(values.every(Number.isFinite), `${loss}: ${values}`);
  }
});

/** Of a graph of cross entropy and its gradient: another one would change the bytes of old runs. */
const PLAIN_GRAPH = "2fa7afd11d19b95897d4f03f63b7d6df33f1256c7be8d2a470bb6f7ffd54c537";

Deno.test("pixelLoss() has the graph of earlier versions when it is plain cross entropy", async () => {
  const x = input("x", [2, 2, 3, 4]);
  const loss = pixelLoss(x, input("labels", [2, 2, 3], "uint8"), PLAIN_LOSS);
  const bytes = encodeOnnx(exportOnnx({ loss, dx: gradients(loss, [x])[0]! }));
  const hash = await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  assertEquals(new Uint8Array(hash).toHex(), PLAIN_GRAPH);
});

Deno.test("requireLoss() refuses what cannot be taken of the classes", () => {
  const tried = (options: Partial<LossOptions>) => () =>
    requireLoss({ ...PLAIN_LOSS, ...options }, 3);
  assertThrows(
    tried({ classWeights: [1, 2] }),
    RangeError,
    "Cannot weigh classes: a weight for each of 3 classes needed, got 2",
  );
  assertThrows(
    tried({ loss: "dice", labelSmoothing: 0.1 }),
    RangeError,
    "Cannot smooth labels: a loss with ce needed, got dice",
  );
  for (const loss of names) tried({ loss })();
});
