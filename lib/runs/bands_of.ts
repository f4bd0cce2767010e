import { bandStatistics } from "../data/band_statistics.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Extras } from "../data/extras.ts";
import { kindInWords } from "../images/image.ts";
import type { Normalization } from "../images/normalise.ts";
import type { TrainConfig } from "../train/config.ts";

/**
 * The statistics of the bands that a run learns from; null where its images are 8-bit RGB. What changes
 * colours is refused, since values of bands are none.
 */
export async function bandsOf(
  train: Dataset,
  colour: TrainConfig["colour"],
  extras: Extras | null,
): Promise<Normalization | null> {
  const bands = await bandStatistics(train);
  if (bands === null || colour === "none" && !extras?.grey && !extras?.noise) return bands;
  const got = colour === "none" ? "grey or noise" : `"${colour}"`;
  throw new RangeError(
    `Cannot train on ${train.name}: images of ${
      kindInWords(bands.mean.length, true)
    } need colour ` +
      `"none", and neither grey nor noise, since their values are no colours, got ${got}`,
  );
}
