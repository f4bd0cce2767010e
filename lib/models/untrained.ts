import { type Architecture, declaredBy } from "../families/family.ts";
import { overridden, type Overrides } from "../families/overridden.ts";
import { windowProtocol } from "../families/protocol.ts";
import { variantOf } from "../families/registry.ts";
import type { ClassKey } from "../images/image.ts";
import { normalizations } from "../families/recipe.ts";
import { initialize } from "../nn/init.ts";
import type { OpenedModel } from "./open.ts";

/** How a network is built that nobody has trained yet. */
export interface UntrainedOptions {
  /** The side in pixels of the images that it is for. */
  readonly window: number;
  /** Which first weights. */
  readonly seed?: number;
  /** What differs from the variant's configuration: `{ encoder: { layers: 6 } }`. */
  readonly network?: Overrides;
}

/**
 * A variant before training, as `openModel` gives one of a file: with the weights that training with
 * this seed begins with where nothing is pretrained.
 */
export function untrainedModel(
  variant: string,
  { classes, palette }: ClassKey,
  { window, seed = 1, network = {} }: UntrainedOptions,
): OpenedModel {
  const use = { classes: classes.length, image: window, dropPath: 0, decoderDropout: 0 };
  const { family, config } = variantOf(variant).architecture(use);
  const architecture: Architecture = { family, config: overridden(config, network) };
  const weights = initialize(declaredBy(architecture, window).parameters, seed);
  return {
    kind: `untrained ${variant}`,
    architecture,
    weights,
    classes,
    palette,
    normalization: normalizations.deit,
    protocol: windowProtocol({ base: null, window, stride: window }),
    window,
    stride: window,
    report: { loaded: [...weights.keys()], missing: [], misshapen: [], unused: [] },
    assumed: [],
    reading: {},
  };
}
