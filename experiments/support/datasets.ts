import { existsSync } from "node:fs";
import { join } from "node:path";
import { camvid } from "../../lib/data/camvid.ts";
import type { Dataset, Split } from "../../lib/data/dataset.ts";
import { folder } from "../../lib/data/folder.ts";
import { scenes } from "../../lib/data/scenes.ts";
import type { Experiment, ScenesSize } from "./experiment.ts";
import { repository, userPath } from "./paths.ts";

/** Where CamVid lies when no folder is given. */
const CAMVID = join(repository, "data", "camvid");
const SCENES: ScenesSize = { train: 1000, val: 100, size: 192 };
const SMOKE_SCENES: ScenesSize = { train: 8, val: 2, size: 96 };

/** *Scenes* of seed 1: the same pictures for all runs and seeds. */
function scenesOf(sizes: ScenesSize, split: Split): Dataset {
  return scenes({ seed: 1, split, length: sizes[split], size: sizes.size });
}

/**
 * A split of an experiment's data, read from the folder `root` where that is not null. The smoke form
 * takes few validation images, and *scenes* in place of files that are not there.
 */
export async function experimentData(
  { data }: Experiment,
  split: Split,
  root: string | null,
  smoke: boolean,
): Promise<Dataset> {
  if (data !== "camvid") {
    if (root === null) return scenesOf(smoke ? SMOKE_SCENES : data, split);
    throw new RangeError(
      `Cannot read the experiment's data from ${root}: it makes its own (scenes) and needs no folder`,
    );
  }
  if (!smoke) return await camvid(root ?? CAMVID, split);
  if (root === null && !existsSync(CAMVID)) return scenesOf(SMOKE_SCENES, split);
  const dataset = await camvid(root ?? CAMVID, split);
  return split === "train" ? dataset : { ...dataset, length: SMOKE_SCENES.val };
}

/**
 * A split of the data that a user names: `scenes`, `camvid` (in data/camvid), a JSON description of
 * folders, or a folder in CamVid's layout.
 */
export async function namedData(name: string, split: Split): Promise<Dataset> {
  if (name === "scenes") return scenesOf(SCENES, split);
  if (name === "camvid") return await camvid(CAMVID, split);
  const path = userPath(name);
  if (name.endsWith(".json")) return await folder(path, split);
  if (existsSync(path)) return await camvid(path, split);
  throw new RangeError(
    `Cannot open data: "scenes", "camvid", a JSON description (see data/README.md) or a folder in ` +
      `CamVid's layout needed, got "${name}", which is not there`,
  );
}
