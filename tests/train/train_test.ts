import process from "node:process";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Dataset } from "../../lib/data/dataset.ts";
import { initialize } from "../../lib/nn/init.ts";
import { readMetrics } from "../../lib/runs/run_files.ts";
import { trainConfigSchema } from "../../lib/train/config.ts";
import { train } from "../../lib/train/train.ts";
import { exampleOf, labelMap, withFolder } from "../data/fixtures.ts";

const config = trainConfigSchema.parse({
  variant: "Seg-T/32",
  crop: 32,
  batch: 1,
  accumulate: 1,
  steps: 4,
  seed: 1,
  threads: 1,
  optimizer: "sgd",
  lr: 1e-3,
  minLr: 0,
  power: 0.9,
  warmup: 0,
  weightDecay: 0,
  clip: null,
  dropPath: 0,
  decoderDropout: 0,
  scale: [1, 1],
  flip: false,
  colour: "none",
  normalization: "vit",
  maxClassShare: 0.75,
  pretrained: null,
  stride: 32,
  logEvery: 1,
  checkpointEvery: 4,
});

/** Two examples; of one of them no pixel has a label. */
const dataset: Dataset = {
  name: "half",
  classes: ["a", "b"],
  palette: [[0, 0, 0], [1, 1, 1]],
  length: 2,
  example: (index) => {
    const labels = labelMap(32, 32, (x) => index === 0 ? 255 : x % 2);
    return Promise.resolve({ ...exampleOf(labels), name: `${index}.png` });
  },
};

/** Runs a body; gives what was written to standard error meanwhile. */
async function errorsOf(body: () => Promise<unknown>): Promise<string> {
  const { write } = process.stderr;
  let text = "";
  process.stderr.write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  try {
    await body();
    return text;
  } finally {
    process.stderr.write = write;
  }
}

Deno.test("train() goes on past a crop without any labelled pixel and names its file once", () =>
  withFolder(async (folder) => {
    const errors = await errorsOf(() =>
      train({
        title: "t",
        config,
        dataset,
        folder,
        initial: ({ net }) => initialize(net.parameters, 1),
        resume: false,
      })
    );
    assertEquals(errors.match(/Warning: .*/g)?.length, 1, errors);
    assertStringIncludes(errors, "Warning: a crop of 0.png has no pixel of any class");
    const losses = (await readMetrics(folder)).map((line) => Math.abs(line["train/loss"]!));
    assertEquals([losses.length, losses.filter((loss) => loss === 0).length], [4, 2]);
    assert(losses.every(Number.isFinite), `${losses}`);
  }));
