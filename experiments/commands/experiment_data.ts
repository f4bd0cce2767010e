import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Dataset, keepInMemory, type Split } from "../../lib/data/dataset.ts";
import type { Experiment, ScenesSize } from "../../lib/runs/experiment.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { camvid } from "../../lib/sets/camvid.ts";
import { dataPlaces } from "./paths.ts";

const CAMVID = join(dataPlaces.published, "camvid");
const SMOKE_SCENES: ScenesSize = { train: 8, val: 2, size: 96 };

/**
 * A split of an experiment's data, read from the folder `root` where that is not null, and kept in
 * memory, because every run comes back to it. The smoke form takes few validation images, and *scenes*
 * in place of files that are not there.
 */
export async function experimentData(
  { data }: Experiment,
  split: Split,
  root: string | null,
  smoke: boolean,
): Promise<Dataset> {
  if (data !== "camvid") {
    if (root === null) return keepInMemory(scenesOf(smoke ? SMOKE_SCENES : data, split));
    throw new RangeError(
      `Cannot read the experiment's data from ${root}: it makes its own (scenes) and needs no folder`,
    );
  }
  if (smoke && root === null && !existsSync(CAMVID)) return scenesOf(SMOKE_SCENES, split);
  const dataset = keepInMemory(await camvid(root ?? CAMVID, split));
  return smoke && split === "val" ? { ...dataset, length: SMOKE_SCENES.val } : dataset;
}

/** *Scenes* of seed 1: the same pictures for all runs and seeds. */
function scenesOf(sizes: ScenesSize, split: Split): Dataset {
  return scenes({ seed: 1, split, length: sizes[split], size: sizes.size });
}
