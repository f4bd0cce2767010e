/** Networks of windows and of several scales learn, and are opened again as they were written. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { NDArray } from "../../lib/array.ts";
import { modelOf } from "../../lib/families/family.ts";
import type { Overrides } from "../../lib/families/overridden.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { writeModel } from "../../lib/models/model_file.ts";
import { openModel } from "../../lib/models/open.ts";
import { initialize } from "../../lib/nn/init.ts";
import { architectureOf, trainConfigSchema } from "../../lib/train/config.ts";
import { groupOf } from "../../lib/train/optimizer.ts";
import { TrainStep } from "../../lib/train/step.ts";
import { stepGraph } from "../../lib/train/step_graph.ts";
import { logitsOfOpened } from "../models/opened_logits.ts";
import { temporaryFolder } from "../models/temporary_folder.ts";
import { randomArray } from "../random_array.ts";
import { assertSame } from "../same.ts";

interface Case {
  readonly crop: number;
  /** What makes the variant small. */
  readonly network: Overrides;
}

const cases: Readonly<Record<string, Case>> = {
  "UPerNet-Swin-T": {
    crop: 32,
    network: {
      encoder: { dim: 24, depths: [2, 1, 1, 2], window: 4 },
      channels: 16,
      auxiliary: { channels: 8 },
    },
  },
  "Swin-Unet": {
    crop: 32,
    network: { encoder: { dim: 12, depths: [2, 1, 1, 1], window: 3, heads: [1, 2, 2, 4] } },
  },
  "TransUNet": {
    crop: 32,
    network: {
      ...{ width: 32, units: [1, 1, 1], dim: 16, heads: 2, layers: 1, hidden: 32 },
      ...{ dropout: 0, decoder: [8, 8, 8, 8] },
    },
  },
};

const STEPS = 16;
const classes = ["ground", "roof", "tree"];
const palette = [[0, 0, 0], [9, 9, 9], [0, 99, 0]] as const;

for (const [variant, { crop, network }] of Object.entries(cases)) {
  const { loss = "ce" } = variantOf(variant).family;
  Deno.test(`TrainStep.run() lowers ${variant}'s loss, and openModel() opens what it learned`, async () => {
    const config = trainConfigSchema.parse({
      ...{
        variant,
        network,
        crop,
        loss,
        batch: 2,
        accumulate: 1,
        steps: STEPS,
        seed: 1,
        threads: 1,
      },
      ...{ optimizer: "adamw", lr: 5e-3, minLr: 0, power: 0.9, warmup: 0, weightDecay: 0.01 },
      ...{ clip: 1, dropPath: 0, decoderDropout: 0, scale: [1, 1], flip: false, colour: "none" },
      ...{ normalization: "deit", maxClassShare: 1, stride: crop, pretrained: null },
      ...{
        logEvery: 1,
        checkpointEvery: STEPS,
        paramwise: variantOf(variant).family.fineTuning?.paramwise,
      },
    });
    const architecture = architectureOf(config, classes.length);
    const { batch, accumulate, clip, threads, seed } = config;
    const step = {
      ...{ batch, crop, accumulate, clip, threads, seed, steps: STEPS },
      optimizer: { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 },
      group: (name: string) => groupOf(name, config),
      loss: { loss, mean: config.lossMean, classWeights: null, labelSmoothing: 0 },
    } as const;
    const graph = stepGraph(modelOf(architecture), step);
    const trainer = await TrainStep.compile(graph, step, initialize(graph.net.parameters, 1));
    const pixels = batch * crop * crop;
    const labels = Uint8Array.from({ length: pixels }, (_, i) => i % crop < crop / 2 ? 1 : 2);
    const noise = randomArray("images", [batch, 3, crop, crop]);
    const images: NDArray = {
      shape: noise.shape,
      data: noise.data.map((x, i) => 0.2 * x + (i % crop < crop / 2 ? 1 : -1)),
    };
    const losses: number[] = [];
    for (let i = 0; i < STEPS; i++) {
      const shown = { shape: [batch, crop, crop], data: labels };
      const given = { step: i, images, labels: shown, unlabelled: [] };
      losses.push((await trainer.run([given], i, config.lr)).loss);
    }
    assert(losses.at(-1)! < 0.8 * losses[0]!, `losses: ${losses}`);

    const { parameters } = graph.net;
    const weights = new Map([...trainer.state()].filter(([name]) => parameters.has(name)));
    await using folder = await temporaryFolder();
    const path = join(folder.path, "model.safetensors");
    await writeModel(
      { config, weights, classes, palette: palette.map((c) => [...c]) as never },
      path,
    );
    const opened = await openModel(path);
    assertEquals(opened.architecture.config, architecture.config);
    assertSame(
      await logitsOfOpened(opened, images),
      await logitsOfOpened({ architecture, weights }, images),
    );
    await trainer.release();
  });
}
