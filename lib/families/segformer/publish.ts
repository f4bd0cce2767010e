import { toPublished } from "../../checkpoints/rule.ts";
import type { Publishable, Published } from "../family.ts";
import { hubConfigFile } from "./hub_config.ts";
import { hubSegformer } from "./names.ts";
import { processorFile } from "./processor.ts";
import type { SegformerConfig } from "./segformer.ts";
import { segformerEps } from "./variants.ts";

/** A SegFormer as transformers reads it: model.safetensors, config.json, preprocessor_config.json. */
export function publishSegformer(network: Publishable<SegformerConfig>): Published {
  const { config, classes, weights, normalization, protocol, window } = network;
  const { block } = config.eps;
  const expected = segformerEps.huggingFace.block;
  const json = (value: unknown) => JSON.stringify(value, null, 2) + "\n";
  // transformers warns of weights that are missing, even of a counter that nothing reads.
  const counter = { shape: [], data: new Float32Array(1) };
  const { tensors } = toPublished(hubSegformer, weights);
  return {
    tensors: tensors.set("decode_head.batch_norm.num_batches_tracked", counter),
    file: "model.safetensors",
    files: {
      "config.json": json(hubConfigFile(config, classes)),
      "preprocessor_config.json": json(
        processorFile(normalization, protocol, window),
      ),
    },
    notes: block === expected ? [] : [
      `transformers computes with a LayerNorm eps of ${expected}, this network was trained with ` +
      `${block} in its blocks: scores differ by some thousandths`,
    ],
  };
}
