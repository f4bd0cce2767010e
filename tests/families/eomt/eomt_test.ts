import { assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { toPublished, toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import { eomt, type EomtConfig, FREE, type Held } from "../../../lib/families/eomt/eomt.ts";
import { annealed } from "../../../lib/families/eomt/model.ts";
import { eomtObjective } from "../../../lib/families/eomt/objective.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { input, scalar, type Tensor } from "../../../lib/graph/tensor.ts";
import type { Fed, TruthObjects } from "../../../lib/nn/model.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { stream } from "../../../lib/random.ts";
import { Program } from "../../../lib/runtime/program.ts";
import { value, type Values } from "../../../lib/runtime/value.ts";
import {
  assertGradients,
  assertOutput,
  assertWithin,
  type Golden,
  goldenFamily,
  goldenTest,
} from "../../golden.ts";
import { tested } from "../../run_graph.ts";
import { eomtNames, eomtOf } from "./golden_eomt.ts";

const files = await goldenFamily("next/eomt").then((all) =>
  all.filter(({ file }) => !file.includes("postprocess"))
);

function arrays(results: Values): (name: string) => NDArray {
  return (name) => ({ shape: results[name]!.shape, data: results[name]!.data as Float32Array });
}

function weightsOf(file: Golden): Values {
  const { tensors, unused } = toSeglab(eomtNames(file), file.weights());
  assertEquals(unused, []);
  return Object.fromEntries([...tensors].map(([name, w]) => [name, value(w.data, w.shape)]));
}

/** The tap of an intermediate value of the reference; `before` blocks are without queries. */
function tapOf(name: string, before: number): string {
  const found = /^(masks|class)_before_block(\d+)$/.exec(name);
  if (found) {
    return `before${Number(found[2]) - before}.${found[1] === "class" ? "classes" : "masks"}`;
  }
  if (name === "masks_queries_logits") return "masks";
  if (name === "class_queries_logits") return "classes";
  if (name === "last_hidden_state") return "normed";
  return `encoder.backbone.${name}`.replace(/\.attn(\d+)$/, ".blocks.$1.attn.weights");
}

/** Compares what `folder` holds of an evaluation in which queries are held to their masks by `held`. */
async function compareEvaluation(file: Golden, images: NDArray, folder: string, held: Held) {
  const config = eomtOf(file, 1);
  const x = input("images", images.shape);
  const { taps } = Scope.build(false, (p) => eomt(p, x, config, held));
  const before = config.encoder.layers - config.blocks;
  const names = file.names(folder).filter((name) => !name.includes("/"));
  const plain = names.filter((name) => !name.startsWith("attn_mask"));
  const masks = names.filter((name) => name.startsWith("attn_mask"));
  const closedOf = (name: string) => taps.get(`before${Number(name.slice(9)) - before}.closed`);
  const shown = masks.filter(closedOf); // a quirk of transformers keeps a mask for blocks without one
  const program = await Program.compile({
    ...Object.fromEntries(plain.map((name) => [name, taps.get(tapOf(name, before))!])),
    ...Object.fromEntries(shown.map((name) => [name, closedOf(name)!])),
  }, tested);
  const results = await program.run({
    images: value(images.data, images.shape),
    ...weightsOf(file),
  });
  await program.release();
  const result = arrays(results);
  for (const name of plain) assertOutput(result(name), file.tensor(folder + name), folder + name);
  for (const name of shown) {
    const [b, n] = file.stored(folder + name).shape as [number, number];
    const wanted = file.numbers(folder + name);
    const closed = result(name).data;
    const { queries } = config;
    for (let image = 0; image < b; image++) {
      for (let i = 0; i < queries * n; i++) {
        const open = closed[image * queries * n + i] === 0 ? 1 : 0;
        assertEquals(open, wanted[image * n * n + i], `${name} at ${image}, ${i}`);
      }
    }
  }
}

/** The objects of a file's images, as ids from 1 on in the order of its masks. */
function objectsOf(file: Golden, size: string): TruthObjects[] {
  return file.names(`in${size}/class_labels`).map((ending) => {
    const classes = file.numbers(`in${size}/class_labels${ending}`);
    const stored = file.stored(`in${size}/mask_labels${ending}`);
    const [, h, w] = stored.shape as [number, number, number];
    const masks = file.numbers(`in${size}/mask_labels${ending}`);
    const data = new Int32Array(h * w);
    for (let i = 0; i < masks.length; i++) {
      if (masks[i]) data[i % (h * w)] = Math.floor(i / (h * w)) + 1;
    }
    return { data, segments: [...classes].map((label, i) => ({ id: i + 1, class: label })) };
  });
}

/** Points [pairs, k, 2] of the pairs of a batch as [b, objects, 2, k], each where its object is. */
function placed(
  points: NDArray,
  pairs: readonly (readonly [image: number, object: number])[],
  b: number,
  objects: number,
): Fed {
  const [, k] = points.shape as [number, number];
  const data = new Float32Array(b * objects * 2 * k);
  for (const [pair, [image, object]] of pairs.entries()) {
    for (let i = 0; i < 2 * k; i++) {
      const [point, axis] = [i >> 1, i & 1];
      data[((image * objects + object) * 2 + axis) * k + point] = points.data[pair * 2 * k + i]!;
    }
  }
  return { shape: [b, objects, 2, k], data };
}

/** Compares the loss, its terms and the gradients of a training step, all random numbers as the file has them. */
async function compareTraining(
  file: Golden,
  size: string,
  folder: string,
  probability: number,
  gradient: string | null,
) {
  const images = file.tensor(`in${size}/images`);
  const truths = objectsOf(file, size);
  const most = Math.max(...truths.map(({ segments }) => segments.length)) + 1; // one row stays empty
  const config: EomtConfig = eomtOf(file, most);
  const [b, , h, w] = images.shape as [number, number, number, number];
  const x = input("images", images.shape);
  const net = Scope.build(true, (p) => eomt(p, x, config, annealed(x, config)));
  const { loss, terms, matching } = eomtObjective(net.outputs, [b, h, w], config);
  const predictions = config.blocks + 1;

  const drawn = matching!.given(
    { labels: { shape: [b, h, w], data: new Uint8Array(b * h * w) }, objects: truths },
    stream("unused", 1),
    0,
  );
  const given: Record<string, Fed> = { ...drawn };
  given["held/probabilities"] = {
    shape: [config.blocks],
    data: new Float32Array(config.blocks).fill(probability),
  };
  for (let i = 0; i < config.blocks; i++) {
    const name = `in${size}/rand_queries${i}`;
    if (file.tensors.has(name)) {
      given[`held/drawn${i}`] = { ...file.tensor(name), shape: [b, config.queries, 1] };
    }
  }
  for (let l = 0; l < predictions; l++) {
    const parts = truths.map((_, j) => file.tensor(`in${size}/points/match${l}_${j}`));
    const k = config.points;
    const data = new Float32Array(b * 2 * k);
    parts.forEach((part, j) =>
      part.data.forEach((p, i) => data[(j * 2 + (i & 1)) * k + (i >> 1)] = p)
    );
    given[`points/match${l}`] = { shape: [b, 2, k], data };
  }

  const own = [...net.parameters];
  const derived = gradients(loss, own.map(([, { tensor }]) => tensor));
  const named: Record<string, Tensor> = { loss, ...matching!.needs };
  terms.forEach(({ classes, mask, dice }, l) => {
    Object.assign(named, {
      [`loss_cross_entropy${l}`]: classes,
      [`loss_mask${l}`]: mask,
      [`loss_dice${l}`]: dice,
    });
  });
  named.masks_queries_logits = net.taps.get("masks")!;
  named.class_queries_logits = net.taps.get("classes")!;
  own.forEach(([name], i) => named[`grad/${name}`] = derived[i]!);
  const feeds = (fed: Readonly<Record<string, Fed>>): Values =>
    Object.fromEntries(
      Object.entries(fed).map(([name, { data, shape }]) => [name, value(data, shape)]),
    );
  const fixed = { images: value(images.data, images.shape), ...weightsOf(file) };

  const match = await Program.compile(matching!.needs, tested);
  const costs = arrays(await match.run({ ...fixed, ...feeds(given) }));
  await match.release();
  const needs = Object.fromEntries(Object.keys(matching!.needs).map((name) => [name, costs(name)]));
  const targets = { ...matching!.targets(needs, given) };
  for (let l = 0; l < predictions; l++) {
    const pairs: (readonly [number, number])[] = [];
    for (let j = 0; j < b; j++) {
      const queries = file.numbers(`${folder}/match/query${l}_${j}`);
      const objects = file.numbers(`${folder}/match/target${l}_${j}`);
      const mine = targets[`pairs/${l}`]!.data;
      for (const [i, query] of queries.entries()) {
        const at = (j * most + objects[i]!) * config.queries + query;
        assertEquals(
          mine[at],
          1,
          `prediction ${l}, image ${j}: query ${query} is object ${objects[i]}`,
        );
        pairs.push([j, objects[i]!]);
      }
      const cost = `${folder}/match/cost${l}_${j}`;
      if (!file.tensors.has(cost)) continue;
      const wanted = file.tensor(cost);
      const [, count] = wanted.shape as [number, number];
      const found = Float32Array.from(wanted.data, (_, i) => {
        const [query, object] = [Math.floor(i / count), i % count];
        return needs[`cost${l}`]!.data[(j * config.queries + query) * most + object]!;
      });
      assertOutput({ shape: wanted.shape, data: found }, wanted, cost);
    }
    for (const name of ["candidates", "random"]) {
      given[`points/${name}${l}`] = placed(
        file.tensor(`in${size}/points/${name}${l}`),
        pairs,
        b,
        most,
      );
    }
  }
  const program = await Program.compile(named, tested);
  const result = arrays(await program.run({ ...fixed, ...feeds({ ...given, ...targets }) }));
  await program.release();
  for (const name of file.names(`${folder}/`)) {
    if (/^(match|points)/.test(name)) continue;
    const plain = name.replace("loss_terms/", "");
    const wanted = file.tensor(`${folder}/${name}`);
    assertWithin(
      result(plain).data,
      wanted.data,
      2e-5 * Math.max(...wanted.data.map(Math.abs)),
      name,
    );
  }
  if (gradient === null) return;
  const gradientsByName = new Map(own.map(([name]) => [name, result(`grad/${name}`)]));
  assertGradients(file, toPublished(eomtNames(file), gradientsByName).tensors, gradient);
}

for (const file of files) {
  for (const { name: size, lacking } of file.cases((file) => file.sizes())) {
    const evaluations = [
      { folder: `out${size}/`, held: () => scalar(1) },
      { folder: `out${size}/eval_p0/`, held: FREE },
      { folder: `out${size}/eval_p10/`, held: (i: number) => i === 0 ? scalar(1) : null },
    ];
    for (const { folder, held } of evaluations) {
      if (file.names(folder).length === 0) continue;
      goldenTest(`eomt() gives the values of ${file.file} in ${folder}`, { lacking }, async () => {
        await compareEvaluation(file, file.tensor(`in${size}/images`), folder, held);
      });
    }
    const trainings = [
      { folder: `out${size}/train`, probability: 1, gradient: `g${size}` },
      { folder: `out${size}/train_p0`, probability: 0, gradient: "gp0" },
      { folder: `out${size}/train_p05`, probability: 0.5, gradient: null },
    ];
    for (const { folder, probability, gradient } of trainings) {
      if (file.names(`${folder}/`).length === 0) continue;
      goldenTest(`eomtObjective() gives losses and gradients of ${file.file} in ${folder}`, {
        lacking,
      }, async () => {
        const isHeld = gradient !== null && file.names(`${gradient}/`).length > 0;
        await compareTraining(file, size, folder, probability, isHeld ? gradient : null);
      });
    }
  }
}
