import type { Tensor } from "../graph/tensor.ts";
import { pixelModel } from "../nn/model.ts";
import type { Scope } from "../nn/scope.ts";
import type { Scores } from "../nn/scores.ts";
import type { ResnetConfig } from "./encoders/resnet.ts";
import { resnets } from "./encoders/resnet_names.ts";
import { type Family, namedVariants } from "./family.ts";

/** A baseline on a ResNet of some depth. */
export interface BaselineVariant {
  readonly depth: ResnetConfig["depth"];
  /** Parameters with ADE20K's 150 classes, without the auxiliary head that only training has. */
  readonly parameters: number;
}

/**
 * The family of a network that the papers compare with, on torchvision's ResNets: its variants have the
 * coarsest stride `patch` in pixels. The papers count mmseg's deeper stem (19,232 parameters more) and
 * the auxiliary head. No recipe, protocol or checkpoint of whole networks is known to Seglab.
 */
export function baseline(
  name: string,
  patch: number,
  table: Readonly<Record<string, BaselineVariant>>,
  network: (p: Scope, images: Tensor, config: ResnetConfig) => Scores,
): Family<ResnetConfig> {
  return {
    name,
    model: (config) => pixelModel((p, images) => network(p, images, config)),
    smallestSide: () => 4, // the stem's stride
    variants: namedVariants(
      table,
      { patch, image: 512, normalization: "deit" } as const,
      ({ depth }, { classes }) => ({ depth, classes }),
    ),
    backbone: { encoder: resnets, path: "backbone." },
    checkpoints: [],
    presets: {},
  };
}
