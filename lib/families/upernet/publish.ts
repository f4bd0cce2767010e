import type { NDArray } from "../../array.ts";
import { toPublished } from "../../checkpoints/name_rules.ts";
import type { Publishable, Published } from "../family.ts";
import { processorFile } from "../hub_processor.ts";
import { hubUpernet } from "./checkpoints.ts";
import { hubConfigFile } from "./hub_config.ts";
import type { UpernetConfig } from "./upernet.ts";

/** A UPerNet as transformers reads it: model.safetensors, config.json, preprocessor_config.json. */
export function publishUpernet(network: Publishable<UpernetConfig>): Published {
  const { config, classes, weights, normalization, protocol, window } = network;
  const json = (value: unknown) => JSON.stringify(value, null, 2) + "\n";
  const { tensors } = toPublished(hubUpernet, weights);
  for (const [name, tensor] of unread(tensors, config)) tensors.set(name, tensor);
  return {
    tensors,
    file: "model.safetensors",
    files: {
      "config.json": json(hubConfigFile(config, classes, window)),
      "preprocessor_config.json": json(processorFile(normalization, protocol, window)),
    },
    notes: [],
  };
}

/** What transformers warns of where it is missing, and never reads: counters, and Swin's last norm. */
function unread(
  tensors: ReadonlyMap<string, NDArray>,
  { encoder: { dim, depths } }: UpernetConfig,
): Map<string, NDArray> {
  const norms = [...tensors.keys()].filter((name) => name.endsWith(".running_mean"));
  const counters = norms.map((name) => name.replace(/running_mean$/, "num_batches_tracked"));
  const width = dim * 2 ** (depths.length - 1);
  const filled = (value: number) => ({
    shape: [width],
    data: new Float32Array(width).fill(value),
  });
  return new Map([
    ...counters.map((name): [string, NDArray] => [name, { shape: [], data: new Float32Array(1) }]),
    ["backbone.swin.layernorm.weight", filled(1)],
    ["backbone.swin.layernorm.bias", filled(0)],
  ]);
}
