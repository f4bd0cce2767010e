/** Seglab's answers beside those of transformers: see universal.py. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { sizeOf } from "../../lib/array.ts";
import { toSeglab } from "../../lib/checkpoints/name_rules.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { readSafetensors, writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { dinoEncoder } from "../../lib/families/encoders/dino.ts";
import { type DinoSize, dinov2, dinov3 } from "../../lib/families/encoders/dino_sizes.ts";
import { modelOf } from "../../lib/families/family.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { holdingOf } from "../../lib/models/network_in.ts";
import { openModel } from "../../lib/models/open.ts";
import { publish } from "../../lib/models/publish.ts";
import { writeAtomically } from "../../lib/files.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { logitsOf } from "../../lib/nn/scores.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value, type Values } from "../../lib/runtime/value.ts";

const folder = Deno.args[0]!;

function graphOf(
  build: (p: Scope, images: Tensor) => Readonly<Record<string, Tensor>>,
  shape: readonly number[],
) {
  const images = input("images", shape);
  return Scope.build(false, (p) => build(p, images)).outputs;
}

async function dinoAnswers(name: string, path: string, shape: readonly number[]) {
  const { tensors } = await readTensors(path);
  const { tensors: weights } = toSeglab(holdingOf(tensors.keys()).kind.names, tensors);
  const size = name.split("-").at(-1) as DinoSize;
  const config = name.startsWith("dinov3")
    ? dinov3(size, shape[2]!, 0)
    : dinov2(size, name.includes("reg"), 0);
  return {
    graph: graphOf((p, images) => ({ tokens: dinoEncoder(p, images, config) }), shape),
    weights,
  };
}

for (const name of (await readdir(folder)).sort()) {
  const path = join(folder, name);
  const { tensors: expected } = await readSafetensors(join(path, "expected.safetensors"));
  const images = expected.get("images")!;
  const [, , h, w] = images.shape as [number, number, number, number];
  const isWhole = /^(eomt|upernet)/.test(name);
  const opened = isWhole ? await openModel(join(path, "model.safetensors")) : null;
  const { graph, weights } = opened
    ? {
      weights: opened.weights,
      graph: graphOf((p, images) => {
        const model = modelOf(opened.architecture);
        const answer = model.build(p, images);
        if (!model.queries) return { logits: logitsOf(model.scores(answer), h, w) };
        const { classes, masks } = model.queries(answer);
        return { classes, masks };
      }, images.shape),
    }
    : await dinoAnswers(name, join(path, "model.safetensors"), images.shape);
  const program = await Program.compile(graph, { provider: "cpu", threads: 2, weights });
  const feeds: Values = { images: value(images.data, images.shape) };
  const found = await program.run(feeds);
  await program.release();
  const parameters = [...weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  for (const [key, { data }] of Object.entries(found)) {
    const wanted = expected.get(key)!.data;
    let [worst, largest] = [0, 0];
    wanted.forEach((x, i) => {
      worst = Math.max(worst, Math.abs(x - (data as Float32Array)[i]!));
      largest = Math.max(largest, Math.abs(x));
    });
    console.log(
      `${name} ${key}: ${(worst / largest).toExponential(1)} of the largest; ${parameters} numbers`,
    );
  }
  if (!opened) continue;
  const back = join(path, "back");
  await mkdir(back, { recursive: true });
  const { tensors, file, files } = publish(opened);
  await writeSafetensors(join(back, file), tensors, { metadata: { format: "pt" } });
  for (const [name, text] of Object.entries(files)) await writeAtomically(join(back, name), text);
  const answers = Object.entries(found).map(([key, { shape, data }]) =>
    [key, { shape, data: data as Float32Array }] as const
  );
  await writeSafetensors(
    join(back, "expected.safetensors"),
    new Map([["images", images], ...answers]),
  );
}
