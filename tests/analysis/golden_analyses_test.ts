/** Analyses against `next/analyses` (definitions in its README): rollout, distances, receptive fields. */
import { assert } from "@std/assert";
import { distancesOf, meanDistance } from "../../lib/analysis/attention_distance.ts";
import { featureMap } from "../../lib/analysis/feature_map.ts";
import { receptiveField } from "../../lib/analysis/receptive_field.ts";
import { type Fusion, rollout } from "../../lib/analysis/rollout.ts";
import type { NDArray } from "../../lib/array.ts";
import { vitAnatomy, vitClassifier } from "../../lib/families/encoders/vit.ts";
import { segformerFamily } from "../../lib/families/segformer/family.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { reshape, slice } from "../../lib/graph/ops/structure.ts";
import { mean } from "../../lib/graph/ops/reduce.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { vitOf } from "../families/encoders/golden_vit.ts";
import { nameRows, namesFile, segformerOf } from "../families/segformer/golden_segformer.ts";
import { assertOutput, golden, goldenTest } from "../golden.ts";
import { runGraph } from "../run_graph.ts";

const file = await golden("next/analyses");
const vit = await golden(file.config.vit);
const segformer = await golden(file.config.segformer);

/** The attention of each layer [b, heads, n, n] as an input, and the file's numbers. */
function attentions(): { layers: Tensor[]; feeds: Record<string, NDArray> } {
  const names = file.names("out/vit/attn").map((i) => `attn${i}`).sort();
  const feeds = Object.fromEntries(names.map((name) => [name, file.tensor(`out/vit/${name}`)]));
  return { layers: names.map((name) => input(name, feeds[name]!.shape)), feeds };
}

for (const fusion of ["mean", "max", "min"] as const satisfies readonly Fusion[]) {
  goldenTest(`rollout() by the ${fusion} over heads gives the reference's`, file, async () => {
    const { layers, feeds } = attentions();
    const [b, , n] = layers[0]!.dims(4);
    const identity = new Float32Array(n * n);
    for (let i = 0; i < n; i++) identity[i * n + i] = 1;
    const rows = input("rows", [1, n, n]);
    for (let image = 0; image < b; image++) {
      const one = layers.map((x) => slice(x, [image, 0, 0, 0], [1, ...x.shape.slice(1)]));
      const y = reshape(rollout(rows, one, fusion), [n, n]);
      const results = await runGraph({ y }, {
        rows: { shape: [1, n, n], data: identity },
        ...feeds,
      });
      const all = file.tensor(`out/vit/rollout_${fusion}`);
      const reference = all.data.slice(image * n * n, (image + 1) * n * n);
      assertOutput(results.y, { shape: [n, n], data: reference }, `rollout of image ${image}`);
    }
  });
}

goldenTest("vitAnatomy() names the attention that the reference has", [file, vit], async () => {
  const config = vitOf(vit);
  const { data, shape } = file.tensor("in/vit_images");
  const images = input("images", shape);
  const classes = vit.config.num_classes;
  const { taps } = Scope.build(false, (p) => vitClassifier(p, images, config, classes));
  const { attention } = vitAnatomy("", config);
  const outputs = Object.fromEntries(attention.map((layer, i) => [`${i}`, taps.get(layer.tap)!]));
  const feeds = { images: { shape, data }, ...Object.fromEntries(vit.weights()) };
  const results = await runGraph(outputs, feeds);
  for (const i of file.names("out/vit/attn")) {
    assertOutput(results[i]!, file.tensor(`out/vit/attn${i}`), `attention of layer ${i}`);
  }
});

goldenTest("meanDistance() gives the reference's distances, both ways", [file, vit], async () => {
  const [layer] = vitAnatomy("", vitOf(vit)).attention;
  const [, , h, w] = file.tensor("in/vit_images").shape as [number, number, number, number];
  const { layers, feeds } = attentions();
  const distances = distancesOf(layer!, [h, w]);
  const heads = layers[0]!.shape[1]!;
  for (const [i, weights] of layers.entries()) {
    const { weighted, unnormalised } = meanDistance(weights, layer!.before.length, distances);
    const overImages = (x: Tensor) => reshape(mean(x, [0]), [heads]);
    const outputs = { weighted: overImages(weighted), unnormalised: overImages(unnormalised) };
    const results = await runGraph(outputs, feeds);
    for (const kind of ["weighted", "unnormalised"] as const) {
      const all = file.tensor(`out/vit/mean_attention_distance_${kind}`);
      const row = { shape: [heads], data: all.data.slice(i * heads, (i + 1) * heads) };
      assertOutput(results[kind], row, `${kind} distance in layer ${i}`);
    }
  }
});

goldenTest("receptiveField() gives the reference's fields of every stage and of the scores", [
  file,
  segformer,
  namesFile,
], async () => {
  const config = segformerOf(segformer);
  const { data, shape } = file.tensor("in/segformer_images");
  const [b, , h, w] = shape as [number, number, number, number];
  const images = input("images", shape);
  const { outputs, taps } = Scope.build(false, (p) => {
    const model = segformerFamily.model(config);
    return model.scores(model.build(p, images));
  });
  const { features } = segformerFamily.anatomy!(config);
  const graph = { images, size: [h, w], taps, scores: outputs } as const;
  const meanField = (map: Tensor) => reshape(mean(receptiveField(map, images), [0]), [h, w]);
  const masks = outputs.map;
  const [, classes, rows, columns] = masks.dims(4);
  const middle = slice(masks, [0, 0, rows >> 1, columns >> 1], [b, classes, 1, 1]);
  const [gradient] = gradients(reshape(sum(middle, [0, 1, 2, 3]), []), [images]);
  const results: Readonly<Record<string, NDArray>> = await runGraph({
    ...Object.fromEntries(
      features.map((layer, i) => [`erf_stage${i}`, meanField(featureMap(layer, graph))]),
    ),
    erf_masks: meanField(masks),
    gradient_masks_image0: reshape(slice(gradient!, [0, 0, 0, 0], [1, 3, h, w]), [3, h, w]),
  }, { images: { shape, data }, ...await officialWeights() });
  const names = file.names("out/segformer/");
  assert(names.length > 0);
  for (const name of names) {
    assertOutput(results[name]!, file.tensor(`out/segformer/${name}`), name);
  }
});

/** The file's weights under the official names: the keys' rows of kv above the values'. */
async function officialWeights(): Promise<Record<string, NDArray>> {
  const theirs = segformer.weights();
  const named: Record<string, NDArray> = {};
  for (const { hub, official } of await nameRows()) {
    const [rows, above] = [theirs.get(hub)!, named[official]];
    named[official] = above === undefined ? rows : {
      shape: rows.shape.with(0, 2 * rows.shape[0]!),
      data: Float32Array.of(...above.data, ...rows.data),
    };
  }
  return named;
}
