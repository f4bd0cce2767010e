/** Every loss, with its gradient, against segmentation_models.pytorch, torch and mmseg. */
import { assert, assertEquals } from "@std/assert";
import { gradients } from "../../../lib/graph/gradients.ts";
import { transpose } from "../../../lib/graph/ops/structure.ts";
import { input, type Tensor } from "../../../lib/graph/tensor.ts";
import { type LossOptions, PLAIN_LOSS } from "../../../lib/nn/losses/options.ts";
import { binaryLoss, pixelLoss } from "../../../lib/nn/losses/pixel_loss.ts";
import { type Hardness, hardPixels } from "../../../lib/nn/losses/ohem.ts";
import { pixelsOf } from "../../../lib/nn/losses/pixels.ts";
import { slice } from "../../../lib/graph/ops/structure.ts";
import { assertOutput, assertWithin, golden, goldenTest } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";

const file = await golden("next/losses");
const { cw, smoothing, alpha, beta, gamma, ohem, shape } = file.config;
const [b, , h, w] = shape as [number, number, number, number];

interface Case extends Partial<LossOptions> {
  readonly loss: string;
  readonly labels?: "labels" | "labels_valid" | "binary_labels";
}

const weighted = { classWeights: cw as number[] };
const smoothed = { labelSmoothing: smoothing as number };
const valid = { labels: "labels_valid" } as const;
const binary = { labels: "binary_labels" } as const;

/** As the fixture's names say; parameters that its metadata lacks are those that give its values. */
const losses: Readonly<Record<string, Case>> = {
  ce: { loss: "ce" },
  ce_weighted: { loss: "ce", ...weighted },
  ce_smoothed: { loss: "ce", ...smoothed },
  ce_weighted_smoothed: { loss: "ce", ...weighted, ...smoothed },
  ce_dice: { loss: "0.5*ce+0.5*dice" },
  dice: { loss: "dice" },
  dice_no_ignore: { loss: "dice", ...valid },
  dice_smooth1: { loss: "dice(smooth=1)" },
  dice_log: { loss: "dice(log=true)" },
  dice_weighted: { loss: "dice", ...weighted },
  dice_classes: { loss: "dice", classWeights: [1, 1, 0, 0, 0] },
  dice_binary: { loss: "dice", ...binary },
  jaccard: { loss: "jaccard" },
  jaccard_no_ignore: { loss: "jaccard", ...valid },
  jaccard_smooth1: { loss: "jaccard(smooth=1)" },
  jaccard_log: { loss: "jaccard(log=true)" },
  tversky: { loss: `tversky(alpha=${alpha},beta=${beta})` },
  tversky_focal: { loss: `tversky(alpha=${alpha},beta=${beta},gamma=${gamma})` },
  focal: { loss: "focal" },
  focal_no_ignore: { loss: "focal", ...valid },
  focal_alpha: { loss: "focal(alpha=0.25)" },
  focal_gamma0: { loss: "focal(gamma=0)" },
  focal_normalized: { loss: "focal(gamma=1.5,normalized=true)" },
  focal_reduced: { loss: "focal(reduced=0.5)" },
  focal_binary: { loss: "focal(alpha=0.25)", ...binary },
  focal_softmax: { loss: "softmax-focal" },
  lovasz: { loss: "lovasz" },
  lovasz_no_ignore: { loss: "lovasz", ...valid },
  lovasz_per_image: { loss: "lovasz(perImage=true)" },
  lovasz_hinge: { loss: "lovasz", ...binary },
  lovasz_hinge_per_image: { loss: "lovasz(perImage=true)", ...binary },
};

/** The reference keeps a number of pixels an image. */
const hardness = (ohem as [number | null, number][]).map(([threshold, kept]): Hardness => {
  return { threshold, share: kept / (h * w) };
});
const all: Readonly<Record<string, Case>> = {
  ...losses,
  ...Object.fromEntries(hardness.map(({ threshold, share }, k) => {
    const limit = threshold ?? "none";
    return [`ohem${k}`, { loss: `ohem(threshold=${limit},share=${share})`, mean: "all" as const }];
  })),
};

const feeds = (labels: string) => ({
  logits: file.tensor("in/logits"),
  labels: { shape: [b, h, w], data: file.labels(`in/${labels}`) },
});
const logits = input("logits", shape);
const last = transpose(logits, [0, 2, 3, 1]);
const labels = input("labels", [b, h, w], "uint8");

function lossOf({ labels: which, ...options }: Case): Tensor {
  const chosen = { ...PLAIN_LOSS, ...options };
  return which === "binary_labels"
    ? binaryLoss(slice(last, [0, 0, 0, 0], [b, h, w, 1]), labels, chosen)
    : pixelLoss(last, labels, chosen);
}

/** As tests/golden/next/README.md allows: 5e-6 of the file's largest gradient is noise. */
function assertGradient(name: string, actual: Float32Array): void {
  const reference = file.tensor(`g/${name}/logits`).data;
  const size = (data: Float32Array) => data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const floor = 5e-6 *
    Math.max(...file.names("g/").map((name) => size(file.tensor(`g/${name}`).data)));
  assertWithin(actual, reference, 3e-4 * size(reference) + floor, `gradient of ${name}`);
}

for (const { name, lacking } of file.cases((file) => file.heads("g/"))) {
  goldenTest(
    `pixelLoss() gives the reference's value and gradient of ${name}`,
    { lacking },
    async () => {
      const chosen = all[name];
      assert(chosen, `no loss is said to be ${name}`);
      const y = lossOf(chosen);
      const [gradient] = gradients(y, [logits]);
      const results = await runGraph({ y, gradient: gradient! }, feeds(chosen.labels ?? "labels"));
      assertOutput(results.y, file.tensor(`out/${name}/y`), name);
      assertGradient(name, results.gradient.data);
    },
  );
}

for (const [k, hard] of hardness.entries()) {
  goldenTest(
    `hardPixels() are the reference's in case ${k}`,
    file.part(`out/ohem${k}/`),
    async () => {
      const kept = hardPixels(pixelsOf(last, labels), hard);
      const { data } = (await runGraph({ kept }, feeds("labels"))).kept;
      assertEquals([...data], [...file.numbers(`out/ohem${k}/kept`)]);
      const loss = lossOf({ ...all[`ohem${k}`]!, mean: "labelled" });
      const results = await runGraph({ loss }, feeds("labels"));
      assertOutput(results.loss, file.tensor(`out/ohem${k}/y_mean_over_valid`));
    },
  );
}
