/** Trainings that are stopped and go on, or go on for longer: the same bytes as without. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { initialize } from "../../lib/nn/init.ts";
import { checkpointFile } from "../../lib/train/checkpoint.ts";
import type { TrainConfig } from "../../lib/train/config.ts";
import { train } from "../../lib/train/train.ts";
import { withFolder } from "../data/fixtures.ts";
import { config, dataset, stopsAndGoesOn } from "../train/going_on.ts";

const PRETRAINED = "0".repeat(64);

const changes: Readonly<Record<string, Partial<TrainConfig>>> = {
  "all that learns": {},
  "an average of weights": { ema: 0.9 },
  "frozen blocks, a cosine and layers of other rates": {
    pretrained: PRETRAINED,
    freeze: 10,
    schedule: "cosine",
    layerDecay: 0.75,
  },
  "adapters and a balanced sample": { pretrained: PRETRAINED, loraRank: 2, sample: "balanced" },
};

for (const [what, change] of Object.entries(changes)) {
  Deno.test(`train() that is told to stop goes on to the same bytes with ${what}`, () =>
    withFolder((dir) => stopsAndGoesOn(dir, change)));
}

Deno.test("train() of more steps goes on from the end of a shorter run, as one made so from the beginning", () =>
  withFolder(async (dir) => {
    const run = async (name: string, change: Partial<TrainConfig>, resume: boolean) => {
      const rates: number[] = [];
      const checkpoint = join(dir, name);
      await train({
        config: { ...config, optimizer: "adamw", checkpointEvery: 10, ...change },
        dataset,
        checkpoint: checkpointFile(checkpoint),
        resume,
        initial: ({ net }) => initialize(net.parameters, 1),
        onStep: ({ lr }) => void rates.push(lr),
      });
      return { rates, bytes: await readFile(checkpoint) };
    };
    const short = await run("parts", { steps: 2 }, false);
    const other = run("parts", { steps: 4 }, true);
    await assertRejects(() => other, TypeError, "a checkpoint of this very config needed");
    const longer = { steps: 4, continued: [2] };
    const rest = await run("parts", longer, true);
    const whole = await run("whole", longer, false);
    assert(rest.bytes.equals(whole.bytes));
    assertEquals([...short.rates, ...rest.rates], whole.rates);
    const twice = await run("parts", { steps: 5, continued: [2, 4] }, true);
    assertEquals(twice.rates.length, 1);
  }));
