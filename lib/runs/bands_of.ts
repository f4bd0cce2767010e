import { bandStatistics } from "../data/band_statistics.ts";
import { kindInWords } from "../images/image.ts";
import type { TrainConfig } from "../train/config.ts";
import type { BalanceTask } from "./class_weights.ts";
import { extrasOf } from "./extras.ts";

/** What of a config depends on whether images are bands. */
type BandSettings = Pick<TrainConfig, "bands" | "colour" | "extras">;

/**
 * The statistics of the bands that a run learns from, and its augmentation (see `extrasOf`) without what
 * changes colours, since values of bands are none; of 8-bit RGB the augmentation as it was chosen.
 */
export async function bandsOf(task: BalanceTask): Promise<BandSettings> {
  const { train, config: { colour }, onMessage } = task;
  const extras = await extrasOf(task);
  const bands = await bandStatistics(train);
  if (bands === null) return { bands, colour, extras };
  if (colour !== "none" || extras?.grey || extras?.noise) {
    const kind = kindInWords(bands.mean.length, true);
    onMessage?.(`Images are ${kind}: what changes colours, grey and noise are left out`);
  }
  return { bands, colour: "none", extras: extras && { ...extras, grey: 0, noise: null } };
}
