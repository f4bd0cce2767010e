import { inFlight } from "../in_flight.ts";
import { chosenProtocol } from "../inference/chosen_protocol.ts";
import { NetworkPredictor } from "../inference/predictor.ts";
import { entropy, margin } from "../inference/measures.ts";
import { requireModel } from "../inference/predictor_of.ts";
import type { OpenedModel } from "../models/open.ts";
import { thinned } from "./thinned.ts";
import { computingOf } from "./computing.ts";
import { type UncertainPicture, Uncertainty } from "./uncertainty_finding.ts";
import {
  type LookOptions,
  nameOf,
  type Picture,
  readPicture,
  requireRgb,
  seenPicture,
} from "./views.ts";

/** How much is drawn. */
export interface UncertaintyOptions extends LookOptions {
  /** Of how many pictures maps are drawn, the most uncertain first; 6 if not given. */
  readonly drawn?: number;
}

/**
 * How unsure a network is of pictures without labels, pixel by pixel: the entropy of the classes'
 * probabilities, and the margin between the two most probable. The pictures of the highest mean entropy
 * are those to label next. They are seen by the network's own protocol, as `segment` sees them; with
 * `side` their short side is brought to it before.
 */
export async function uncertainty(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: UncertaintyOptions = {},
): Promise<Uncertainty> {
  const { side, drawn = 6, onProgress } = options;
  requireModel(model, "Cannot analyse");
  requireRgb(model);
  if (pictures.length === 0) {
    throw new RangeError("Cannot analyse: at least one picture needed, got none");
  }
  if (side !== undefined && !(Number.isInteger(side) && side > 0)) {
    throw new RangeError(`Cannot analyse: a side of the pictures in pixels needed, got ${side}`);
  }
  const predictor = new NetworkPredictor({
    ...model,
    protocol: chosenProtocol(model, {}),
    ...computingOf(options),
    measures: { entropy, margin },
  });
  const found: UncertainPicture[] = [];
  const read = (picture: Picture) =>
    side === undefined ? readPicture(picture) : seenPicture(picture, side, "whole");
  const tell = () => {
    const done = found.length;
    onProgress?.({ title: "measuring uncertainty", done, total: pictures.length, unit: "image" });
  };
  tell();
  for await (const image of inFlight(pictures, 2, read)) {
    const { labels, measured } = await predictor.measure(image);
    const [entropy, margin] = [measured["entropy"]!, measured["margin"]!];
    found.push({
      name: nameOf(pictures[found.length]!, found.length),
      width: image.width,
      height: image.height,
      entropy: mean(entropy),
      margin: mean(margin),
      maps: thinned({ image, labels, entropy, margin }),
    });
    forgetMaps(found, drawn);
    tell();
  }
  return new Uncertainty(model.kind, model, found);
}

/** Keeps the maps of the most uncertain pictures, so that memory does not grow with their number. */
function forgetMaps(found: UncertainPicture[], kept: number): void {
  const withMaps = found.filter(({ maps }) => maps).sort((a, b) => b.entropy - a.entropy);
  for (const picture of withMaps.slice(kept)) {
    found[found.indexOf(picture)] = { ...picture, maps: null };
  }
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
