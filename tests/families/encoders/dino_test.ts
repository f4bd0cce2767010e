import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { renamed, toPublished, toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import { dinoSegmenter } from "../../../lib/families/dino/dino_segmenter.ts";
import type { DinoConfig } from "../../../lib/families/encoders/dino.ts";
import { gridRope } from "../../../lib/families/encoders/rope.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { input } from "../../../lib/graph/tensor.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { logitsOf, segmentationLoss } from "../../../lib/nn/scores.ts";
import { Program } from "../../../lib/runtime/program.ts";
import { value } from "../../../lib/runtime/value.ts";
import {
  assertGradients,
  assertOutput,
  assertWithin,
  type Golden,
  goldenFamily,
  goldenTest,
} from "../../golden.ts";
import { runGraph, tested } from "../../run_graph.ts";
import { dinoNames, dinoOf } from "./golden_dino.ts";

/** The tap of an intermediate value of the reference. */
function tapOf(name: string): string {
  if (name === "masks") return name;
  if (name === "last_hidden_state") return "encoder.normed";
  return `encoder.${name}`.replace(/\.attn(\d+)$/, ".blocks.$1.attn.weights");
}

/** The names of a file as those of the network, whose head the golden README defines. */
function namesOf(file: Golden) {
  const { rules, unused } = dinoNames(file);
  const below = rules.map((rule) => ({
    ...rule,
    seglab: rule.seglab.map((name) => `encoder.${name}`),
  }));
  return { rules: [...below, renamed("head.{p}", "decoder.head.{p}")], unused };
}

/** What the network of a file gives for one of its images, by the reference's names, and its gradients. */
async function compare(file: Golden, size: string, encoder: DinoConfig, ending = "") {
  const images = file.tensor(`in${size}/images`);
  const labels = file.stored(`in${size}/labels`).shape;
  const [x, y] = [input("images", images.shape), input("labels", labels, "uint8")];
  const config = { encoder, decoder: { name: "linear" }, classes: file.config.ncls } as const;
  const net = Scope.build(false, (p) => dinoSegmenter(p, x, config));
  const loss = segmentationLoss(net.outputs, y);
  const [, h, w] = y.dims(3);
  const names = namesOf(file);
  const { tensors: weights, unused } = toSeglab(names, file.weights());
  assertEquals(unused, names.unused.filter((name) => file.weights().has(name)));

  const own = [...net.parameters].filter(([, { buffer }]) => !buffer);
  const derived = gradients(loss, own.map(([, { tensor }]) => tensor));
  const wanted = file.names(`out${size}/`).filter((name) =>
    ending ? name.endsWith(ending) : !/_official$|^loss$|^pos_embed$|^rope_/.test(name)
  );
  const outputs = Object.fromEntries(wanted.map((name) => {
    const plain = name.replace(ending, "");
    const isLogits = plain === "logits_eval" || plain === "logits";
    return [name, isLogits ? logitsOf(net.outputs, h, w) : net.taps.get(tapOf(plain))!];
  }));
  const program = await Program.compile({
    loss,
    ...outputs,
    ...Object.fromEntries(own.map(([name], i) => [`grad/${name}`, derived[i]!])),
  }, tested);
  const results = await program.run({
    images: value(images.data, images.shape),
    labels: value(file.labels(`in${size}/labels`), labels),
    ...Object.fromEntries([...weights].map(([name, w]) => [name, value(w.data, w.shape)])),
  });
  await program.release();
  const result = (name: string): NDArray => ({
    shape: results[name]!.shape,
    data: results[name]!.data as Float32Array,
  });
  for (const name of wanted) {
    assertOutput(result(name), file.tensor(`out${size}/${name}`), name);
  }
  if (ending || !file.tensors.has(`out${size}/loss`)) return;
  const reference = file.tensor(`out${size}/loss`).data[0]!;
  assertAlmostEquals(result("loss").data[0]!, reference, 2e-5 * reference);
  const named = new Map(own.map(([name]) => [name, result(`grad/${name}`)]));
  const prefix = `g${size}`;
  if (file.names(`${prefix}/`).length > 0) {
    assertGradients(file, toPublished(names, named).tensors, prefix);
  }
}

const files = [...await goldenFamily("next/dinov2"), ...await goldenFamily("next/dinov3")];
for (const file of files) {
  for (const size of file.cases((file) => file.sizes())) {
    const images = `in${size.name}`;
    goldenTest(`dinoEncoder() gives the values of ${file.file} on ${images}`, size, async () => {
      await compare(file, size.name, dinoOf(file));
    });
  }
  // Where facebookresearch's own code differs, it is by the way in which a table goes to other sizes.
  const official = file.cases((file) =>
    file.sizes().filter((size) => file.names(`out${size}/last_hidden_state_official`).length > 0)
  );
  for (const size of official) {
    goldenTest(
      `dinoEncoder() is facebookresearch's on in${size.name} of ${file.file}`,
      size,
      async () => {
        const config = dinoOf(file);
        await compare(
          file,
          size.name,
          { ...config, positions: { kind: "table", rule: "scaled" } },
          "_official",
        );
      },
    );
  }
  const turning = file.cases((file) =>
    file.sizes().filter((size) => file.tensors.has(`out${size}/rope_cos`))
  );
  for (const size of turning) {
    goldenTest(`gridRope() has the angles of ${file.file} on in${size.name}`, size, async () => {
      const { dim, heads, patch } = dinoOf(file);
      const [, , h, w] = file.stored(`in${size.name}/images`).shape as [
        number,
        number,
        number,
        number,
      ];
      const rope = gridRope([h / patch, w / patch], dim / heads, 0);
      const found = await runGraph({ ...rope }, {});
      for (const name of ["cos", "sin"] as const) {
        const wanted = file.tensor(`out${size.name}/rope_${name}`);
        const [n, side] = wanted.shape as [number, number];
        const half = wanted.data.filter((_, i) => i % side < side / 2);
        const tiled = wanted.data.filter((_, i) => i % side >= side / 2);
        assertEquals(half, tiled);
        assertEquals(found[name]!.shape, [n, 1, side / 2]);
        assertWithin(found[name]!.data as Float32Array, half, 2e-5, name);
      }
    });
  }
}
