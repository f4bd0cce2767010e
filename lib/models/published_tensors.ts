import type { NDArray } from "../array.ts";
import { toPublished } from "../checkpoints/rule.ts";
import { hubSegformer } from "../families/segformer/names.ts";
import { officialSegmenter } from "../families/segmenter/names.ts";
import type { SegformerConfig } from "../families/segformer/segformer.ts";
import { segformerEps } from "../families/segformer/variants.ts";
import { SEGMENTER_EPS } from "../families/segmenter/segmenter.ts";
import { hubConfig, hubPreprocessor } from "../families/segformer/publish.ts";
import type { OpenedModel } from "./open.ts";
import { segmenterVariant } from "../families/segmenter/publish.ts";
import { formatVariant } from "../families/segmenter/variant_yml.ts";

/** The code that can load what `publishedTensors` gives. */
export type Scheme = "transformers" | "segmenter";

/** A network as a folder of another project's. */
export interface Published {
  /** To be written as `file`. */
  readonly tensors: ReadonlyMap<string, NDArray>;
  readonly file: string;
  /** The texts of the files beside it by their names. */
  readonly files: Readonly<Record<string, string>>;
  /** What a person should know, in words. */
  readonly notes: readonly string[];
}

/** A network with what the files of another project say about it. */
export type Publishable = Pick<
  OpenedModel,
  "architecture" | "weights" | "classes" | "normalization" | "window" | "stride"
>;

/**
 * A network under the names of another project: a SegFormer for transformers, a Segmenter for the
 * official code.
 */
export function publishedTensors(model: Publishable, scheme: Scheme): Published {
  const { architecture: { family, config } } = model;
  if (scheme === "transformers" && family === "segformer") return forTransformers(model, config);
  if (scheme === "segmenter" && family === "segmenter") {
    const { tensors } = toPublished(officialSegmenter, model.weights);
    const eps = config.encoder.eps === SEGMENTER_EPS ? [] : [
      epsNote("the official Segmenter", SEGMENTER_EPS, "encoder", config.encoder.eps),
    ];
    const how = "safetensors.torch.load_file gives what the official model's load_state_dict takes";
    const notes = [how, ...eps];
    const files = { "variant.yml": formatVariant(segmenterVariant(model, config)) };
    return { tensors, file: "checkpoint.safetensors", files, notes };
  }
  throw new TypeError(
    `Cannot publish a ${family} for ${scheme}: transformers takes a segformer and segmenter a ` +
      `segmenter; every network can be exported as ONNX`,
  );
}

function forTransformers(model: Publishable, config: SegformerConfig): Published {
  const { block } = config.eps;
  const expected = segformerEps.huggingFace.block;
  const json = (value: unknown) => JSON.stringify(value, null, 2) + "\n";
  // transformers warns of weights that are missing, even of a counter that nothing reads.
  const counter = { shape: [], data: new Float32Array(1) };
  const { tensors } = toPublished(hubSegformer, model.weights);
  return {
    tensors: tensors.set("decode_head.batch_norm.num_batches_tracked", counter),
    file: "model.safetensors",
    files: {
      "config.json": json(hubConfig(config, model.classes)),
      "preprocessor_config.json": json(hubPreprocessor(model)),
    },
    notes: block === expected ? [] : [epsNote("transformers", expected, "blocks", block)],
  };
}

function epsNote(code: string, its: number, where: string, own: number): string {
  return `${code} computes with a LayerNorm eps of ${its}, this network was trained with ${own} in ` +
    `its ${where}: scores differ by some thousandths`;
}
