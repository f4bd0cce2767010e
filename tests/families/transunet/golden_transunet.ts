import type { NDArray } from "../../../lib/array.ts";
import { toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import { officialTransunet } from "../../../lib/families/transunet/checkpoints.ts";
import type { TransunetConfig } from "../../../lib/families/transunet/transunet.ts";
import type { Golden } from "../../golden.ts";

/** The network of a golden file that the official TransUNet computed. */
export function transunetConfigOf({ config }: Golden): TransunetConfig {
  return {
    width: 64 * config.width,
    units: config.units,
    image: config.size,
    dim: config.hidden,
    heads: config.heads,
    layers: config.layers,
    hidden: config.mlp,
    dropout: 0,
    decoder: config.dec,
    skips: config.n_skip,
    classes: config.ncls,
  };
}

/** The file's weights under the official names, without what torch counts. */
export function officialWeights(file: Golden): Map<string, NDArray> {
  return new Map([...file.weights()].filter(([name]) => !name.endsWith("num_batches_tracked")));
}

/** The same under Seglab's. */
export function transunetWeights(file: Golden): Map<string, NDArray> {
  return toSeglab(officialTransunet, officialWeights(file)).tensors;
}
