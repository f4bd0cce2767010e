import type { NDArray } from "../../../lib/array.ts";
import { toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import type { SwinConfig } from "../../../lib/families/encoders/swin.ts";
import { hubUpernet } from "../../../lib/families/upernet/checkpoints.ts";
import type { UpernetConfig } from "../../../lib/families/upernet/upernet.ts";
import type { Golden } from "../../golden.ts";

/** The encoder of a golden file that transformers' Swin computed. */
export function swinConfigOf({ config: { swin } }: Golden): SwinConfig {
  return {
    dim: swin.embed_dim,
    depths: swin.depths,
    heads: swin.num_heads,
    window: swin.window_size,
    dropPath: 0,
  };
}

/** The network of a golden file that transformers' UPerNet computed. */
export function upernetConfigOf(file: Golden): UpernetConfig {
  const { uper, ncls } = file.config;
  return {
    encoder: swinConfigOf(file),
    channels: uper.hidden_size,
    auxiliary: { channels: uper.auxiliary_channels, convolutions: uper.auxiliary_num_convs },
    dropout: 0,
    classes: ncls,
  };
}

/** The file's weights under transformers' names, without what torch counts. */
export function hubWeights(file: Golden): Map<string, NDArray> {
  return new Map([...file.weights()].filter(([name]) => !name.endsWith("num_batches_tracked")));
}

/** The same under Seglab's. */
export function upernetWeights(file: Golden): Map<string, NDArray> {
  return toSeglab(hubUpernet, hubWeights(file)).tensors;
}
