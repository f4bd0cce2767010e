import type { Normalization } from "../images/normalise.ts";

/** Pixel statistics on the scale 0 to 255: as Segmenter rounds them (vit, deit), as mmseg has them. */
export const normalizations = {
  vit: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
  deit: { mean: [123.67, 116.28, 103.53], std: [58.4, 57.12, 57.38] },
  imagenet: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
} as const satisfies Readonly<Record<string, Normalization>>;

/** Pixel statistics by name. */
export type NormalizationName = keyof typeof normalizations;
