import { stringify } from "yaml";
import { type NDArray, sizeOf } from "../../array.ts";
import { toPublished } from "../../checkpoints/name_rules.ts";
import type { Normalization } from "../../images/normalise.ts";
import type { VitConfig } from "../encoders/vit.ts";
import type { Publishable, Published } from "../family.ts";
import { normalizations } from "../recipe.ts";
import { officialSegmenter } from "./checkpoints.ts";
import { SEGMENTER_EPS } from "../mask_transformer.ts";
import type { SegmenterConfig } from "./segmenter.ts";

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

/** A Segmenter as the official code reads it: a checkpoint and its variant.yml. */
export function publishSegmenter(network: Publishable<SegmenterConfig>): Published {
  const { encoder } = network.config;
  const { tensors } = toPublished(officialSegmenter, withHeads(network));
  const notes = [
    "safetensors.torch.load_file gives what the official model's load_state_dict takes",
  ];
  if (encoder.eps !== SEGMENTER_EPS) {
    notes.push(
      `the official Segmenter computes with a LayerNorm eps of ${SEGMENTER_EPS}, this network was ` +
        `trained with ${encoder.eps} in its encoder: scores differ by some thousandths`,
    );
  }
  const files = { "variant.yml": stringify(variantFile(network)) };
  return { tensors, file: "checkpoint.safetensors", files, notes };
}

/** The weights with zeros for the ImageNet heads that load_state_dict asks for, where there are none. */
function withHeads({ weights, config }: Publishable<SegmenterConfig>): Map<string, NDArray> {
  const blank = imageNetHeads(config.encoder).map(([name, shape]) =>
    [`encoder.${name}`, { shape, data: new Float32Array(sizeOf(shape)) }] as const
  );
  return new Map([...weights, ...blank.filter(([name]) => !weights.has(name))]);
}

/** A variant.yml for the official code, as data. */
function variantFile(
  { normalization, window, stride, config }: Publishable<SegmenterConfig>,
): unknown {
  const { encoder, decoder, classes } = config;
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
    const known = normalizations[name];
    return [...known.mean, ...known.std].every((value, i) =>
      Math.abs(value - [...mean, ...std][i]!) < 0.1
    );
  };
  for (const name of ["vit", "deit"] as const) if (near(name)) return name;
  throw new RangeError(
    `Cannot write a variant.yml: pixel statistics of vit or deit needed, got mean ${mean}, std ${std}`,
  );
}

/**
 * ImageNet heads, by their names in the encoder and their shapes: every official checkpoint holds them,
 * though no segmentation uses them.
 */
export function imageNetHeads(
  { dim, distilled }: Pick<VitConfig, "dim" | "distilled">,
): readonly (readonly [name: string, shape: readonly number[]])[] {
  return (distilled ? ["head", "head_dist"] : ["head"]).flatMap((head) =>
    [[`${head}.weight`, [1000, dim]], [`${head}.bias`, [1000]]] as const
  );
}
