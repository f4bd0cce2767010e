/** The Dice loss of TransUNet's and Swin-Unet's trainers. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { gradients } from "../../../lib/graph/gradients.ts";
import { transpose } from "../../../lib/graph/ops/structure.ts";
import { input } from "../../../lib/graph/tensor.ts";
import { type LossOptions, PLAIN_LOSS } from "../../../lib/nn/losses/options.ts";
import { pixelLoss } from "../../../lib/nn/losses/pixel_loss.ts";
import { assertGradients, assertOutput, golden, goldenTest } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";

const file = await golden("next/medical_metrics");
const dice: LossOptions = { ...PLAIN_LOSS, loss: "squared-dice" };

goldenTest("squaredDice() gives the trainers' value and gradient", file, async () => {
  const { shape } = file.stored("in/dice_loss/logits");
  const labels = "in/dice_loss/labels";
  const logits = input("logits", shape);
  const last = transpose(logits, [0, 2, 3, 1]);
  const y = pixelLoss(last, input("labels", file.stored(labels).shape, "uint8"), dice);
  const [gradient] = gradients(y, [logits]);
  const results = await runGraph({ y, gradient: gradient! }, {
    logits: file.tensor("in/dice_loss/logits"),
    labels: { shape: file.stored(labels).shape, data: file.labels(labels) },
  });
  assertOutput(results.y, file.tensor("out/dice_loss/y"));
  const own = new Map([["dice_loss/logits", results.gradient]]);
  assertGradients(file, own);
});

/** The loss and its gradient of two pixels [1, 1, 2, 2] with labels. */
async function ofTwo(labels: readonly [number, number], options = dice) {
  const logits = input("logits", [1, 1, 2, 2]);
  const y = pixelLoss(logits, input("labels", [1, 1, 2], "uint8"), options);
  const [dx] = gradients(y, [logits]);
  return await runGraph({ y, dx: dx! }, {
    logits: { shape: [1, 1, 2, 2], data: Float32Array.of(0, Math.log(3), 0, 0) },
    labels: { shape: [1, 1, 2], data: Uint8Array.from(labels) },
  });
}

Deno.test("squaredDice() does not see ignored pixels, and is 0 without any other", async () => {
  const { y, dx } = await ofTwo([1, 255]); // probabilities 1/4 and 3/4
  const absent = 1 - 1e-5 / (1 / 16 + 1e-5);
  const present = 1 - (2 * 0.75 + 1e-5) / (9 / 16 + 1 + 1e-5);
  assertAlmostEquals(y.data[0]!, (absent + present) / 2, 1e-6);
  assertEquals([...dx.data.slice(2)], [0, 0]);
  const nothing = await ofTwo([255, 255]);
  assertEquals([...nothing.y.data, ...nothing.dx.data].map(Math.abs), [0, 0, 0, 0, 0]);
});

Deno.test("squaredDice() weighs classes in their mean", async () => {
  const { y } = await ofTwo([1, 255], { ...dice, classWeights: [0, 1] });
  assertAlmostEquals(y.data[0]!, 1 - (2 * 0.75 + 1e-5) / (9 / 16 + 1 + 1e-5), 1e-6);
});
