import type { Normalization } from "../data/augment.ts";
import { normalizationOf } from "../train/config.ts";
import type { HubPreprocessor } from "../families/segformer/hub_files.ts";

/** ImageNet's pixel statistics as SegFormer, SETR and mmsegmentation have them: 0 to 255. */
export const imagenetPixels: Normalization = normalizationOf({ normalization: "imagenet" });

/** The pixel statistics of a preprocessor_config.json, which are on the scale 0 to 1: 0 to 255. */
export function hubPixels(preprocessor: HubPreprocessor): Normalization {
  const { image_mean, image_std, rescale_factor } = preprocessor;
  const scaled = ([r, g, b]: readonly [number, number, number]) =>
    [r / rescale_factor, g / rescale_factor, b / rescale_factor] as const;
  return { mean: scaled(image_mean), std: scaled(image_std) };
}
