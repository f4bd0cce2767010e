import type { Normalization } from "../../data/augment.ts";
import type { SegmenterConfig } from "./segmenter.ts";
import { normalizationOf } from "../../train/config.ts";
import type { OpenedModel } from "../../models/open.ts";

const sizes: Readonly<Record<number, string>> = {
  192: "tiny",
  384: "small",
  768: "base",
  1024: "large",
};

/** The official names of data sets by the number of their classes. */
const datasets: Readonly<Record<number, string>> = {
  19: "cityscapes",
  60: "pascal_context",
  150: "ade20k",
};

/** A Segmenter's variant.yml for the official code, as data. */
export function segmenterVariant(
  { normalization, window, stride }: Pick<OpenedModel, "normalization" | "window" | "stride">,
  { encoder, decoder, classes }: SegmenterConfig,
): unknown {
  const statistics = statisticsOf(normalization);
  const { imageSize, patch, dim, heads, layers, distilled, dropout, dropPath } = encoder;
  const [kind, tokens] = distilled ? ["deit", "distilled_"] : ["vit", ""];
  return {
    dataset_kwargs: {
      dataset: datasets[classes] ?? "custom",
      image_size: Math.min(...imageSize),
      crop_size: Math.min(...imageSize),
      normalization: statistics,
    },
    inference_kwargs: {
      im_size: Math.min(...imageSize),
      window_size: window,
      window_stride: stride,
    },
    net_kwargs: {
      backbone: `${kind}_${sizes[dim] ?? dim}_${tokens}patch${patch}_384`,
      d_model: dim,
      decoder: decoder.name === "linear" ? { name: "linear", n_cls: classes } : {
        name: "mask_transformer",
        n_cls: classes,
        n_layers: decoder.layers,
        dropout: decoder.dropout,
        drop_path_rate: decoder.dropPath,
      },
      distilled,
      drop_path_rate: dropPath,
      dropout,
      image_size: imageSize,
      n_cls: classes,
      n_heads: heads,
      n_layers: layers,
      normalization: statistics,
      patch_size: patch,
    },
  };
}

function statisticsOf({ mean, std }: Normalization): "vit" | "deit" {
  const near = (name: "vit" | "deit") => {
    const known = normalizationOf({ normalization: name });
    return [...known.mean, ...known.std].every((value, i) =>
      Math.abs(value - [...mean, ...std][i]!) < 0.1
    );
  };
  for (const name of ["vit", "deit"] as const) if (near(name)) return name;
  throw new RangeError(
    `Cannot write a variant.yml: pixel statistics of vit or deit needed, got mean ${mean}, std ${std}`,
  );
}
