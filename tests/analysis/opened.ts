import { type Architecture, declaredBy } from "../../lib/families/family.ts";
import { windowProtocol } from "../../lib/families/protocol.ts";
import { ownArchitecture } from "../../lib/families/own.ts";
import { variantOf } from "../../lib/families/registry.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { initialize } from "../../lib/nn/init.ts";
import type { Model } from "../../lib/nn/model.ts";

/** What a small opened network has beside itself: it sees pictures of their own size, 16 pixels wide. */
export const smallSight = {
  normalization: { mean: [128, 128, 128], std: [128, 128, 128] },
  protocol: windowProtocol({ base: null, window: 16, stride: 16 }),
  window: 16,
  stride: 16,
  report: { loaded: [], missing: [], misshapen: [], unused: [] },
  assumed: [],
  reading: {},
} as const satisfies Partial<OpenedModel>;

/** A network with random weights, as openModel gives one: it sees pictures 32 pixels wide. */
export function openedVariant(name: string): OpenedModel {
  const use = { classes: 3, image: 32, dropPath: 0, decoderDropout: 0 };
  return opened(name, variantOf(name).architecture(use), ["sky", "road", "car"]);
}

/** A network of one's own with its first weights. */
export function openedOwn(model: Model, classes: readonly string[]): OpenedModel {
  return opened("own network", ownArchitecture(model, classes.length), classes);
}

function opened(kind: string, architecture: Architecture, classes: readonly string[]): OpenedModel {
  return {
    kind,
    architecture,
    weights: initialize(declaredBy(architecture, 32).parameters, 1),
    classes,
    palette: classes.map((_, i) => [i, i, i] as const),
    normalization: { mean: [0, 0, 0], std: [255, 255, 255] },
    protocol: windowProtocol({ base: null, window: 32, stride: 32 }),
    window: 32,
    stride: 32,
    report: { loaded: [], missing: [], misshapen: [], unused: [] },
    assumed: [],
    reading: {},
  };
}
