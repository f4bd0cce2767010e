import { existsSync } from "node:fs";
import { join } from "node:path";
import { againstRest } from "../../lib/data/against_rest.ts";
import { type Dataset, keepInMemory, type Split } from "../../lib/data/dataset.ts";
import { heldOut } from "../../lib/data/part.ts";
import type { Experiment, ScenesSize } from "../../lib/runs/experiment.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { namedData } from "../../lib/sets/named.ts";
import { printFormat } from "./opened_data.ts";
import { dataPlaces } from "./paths.ts";
import { print } from "./print.ts";

const CAMVID = join(dataPlaces.published, "camvid");
const SMOKE_SCENES: ScenesSize = { train: 8, val: 2, size: 96 };

/**
 * A split of an experiment's data, kept in memory, because every run comes back to it. The data `own` (a
 * name as `train` takes it) stand for CamVid where they are not null; what is asked of *scenes* is asked of
 * them in any case. The smoke form takes few validation images, and *scenes* in place of files that are not
 * there.
 */
export async function experimentData(
  { data }: Experiment,
  split: Split,
  own: string | null,
  smoke: boolean,
): Promise<Dataset> {
  const isScenes = typeof data === "object" && "size" in data;
  if (isScenes && own !== null && split === "train") {
    print("This experiment is asked of made scenes, for which --data does not stand.");
  }
  if (isScenes || own === null && smoke && !existsSync(CAMVID)) {
    return keepInMemory(scenesOf(isScenes && !smoke ? data : SMOKE_SCENES, split));
  }
  const opened = async (split: Split) => await namedData(own ?? "camvid", split, dataPlaces);
  const whole = data === "camvid, held out"
    ? heldOut(await opened("train"), split)
    : await opened(split);
  if (own !== null && split === "train") printFormat(whole);
  const isRest = typeof data === "object" && "camvid" in data;
  const dataset = keepInMemory(isRest ? againstRest(whole, data.as, data.camvid) : whole);
  return smoke && split === "val" ? { ...dataset, length: SMOKE_SCENES.val } : dataset;
}

/** *Scenes* of seed 1: the same pictures for all runs and seeds. */
function scenesOf(sizes: ScenesSize, split: Split): Dataset {
  return scenes({ seed: 1, split, length: sizes[split], size: sizes.size });
}
