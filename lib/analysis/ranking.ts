import { div } from "../graph/ops/math.ts";
import { l2Norm, mean } from "../graph/ops/reduce.ts";
import { inFlight } from "../in_flight.ts";
import { chosenProtocol } from "../inference/chosen_protocol.ts";
import { entropy } from "../inference/measures.ts";
import { NetworkPredictor } from "../inference/predictor.ts";
import { requireModel } from "../inference/predictor_of.ts";
import type { OpenedModel } from "../models/open.ts";
import { featureMap } from "./feature_map.ts";
import { featureLayers } from "./layers.ts";
import { Probe } from "./probe.ts";
import { computingOf } from "./computing.ts";
import { type LookOptions, type Picture, readPicture, requireRgb, viewsOf } from "./views.ts";

const DOING = "Cannot rank pictures";

/** A picture in the order in which labels would teach most. */
export interface RankedPicture {
  /** The picture's place in what was given. */
  readonly index: number;
  /** Mean entropy of its pixels in nats. */
  readonly entropy: number;
  /**
   * How far its features are from those of the nearest picture before it, from 0 (the same) to 2; null of
   * the first one.
   */
  readonly distance: number | null;
}

/**
 * Ranks pictures without labels by what would teach a network most: the first is that of the highest mean
 * entropy, each next one that of the largest product of its entropy and its distance to the pictures
 * before it, so that twenty frames of one scene do not come first (farthest-first traversal, Gonzalez
 * 1985, as Sener and Savarese 2018 use it, weighted). Distances are of the mean features of the encoder's
 * last layer in the square in the picture's middle, of length 1 each.
 */
export async function rankPictures(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: Omit<LookOptions, "side"> = {},
): Promise<RankedPicture[]> {
  requireModel(model, DOING);
  const features = await meanFeatures(model, pictures, options);
  return spread(await meanEntropies(model, pictures, options), features);
}

/** The order of pictures by their entropies and their features, see `rankPictures`. */
export function spread(
  entropies: readonly number[],
  features: readonly Float32Array[],
): RankedPicture[] {
  const nearest = entropies.map(() => Infinity);
  const left = new Set(entropies.keys());
  const ranked: RankedPicture[] = [];
  while (left.size > 0) {
    // Nothing is before the first one: its entropy decides alone.
    const gain = (i: number) => entropies[i]! * (ranked.length > 0 ? nearest[i]! : 1);
    const index = [...left].reduce((best, i) => gain(i) > gain(best) ? i : best);
    left.delete(index);
    const distance = ranked.length > 0 ? nearest[index]! : null;
    ranked.push({ index, entropy: entropies[index]!, distance });
    for (const i of left) {
      nearest[i] = Math.min(nearest[i]!, distanceOf(features[i]!, features[index]!));
    }
  }
  return ranked;
}

function distanceOf(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0));
}

async function meanEntropies(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: LookOptions,
): Promise<number[]> {
  requireRgb(model);
  const predictor = new NetworkPredictor({
    ...model,
    protocol: chosenProtocol(model, {}),
    ...computingOf(options),
    measures: { entropy },
  });
  const means: number[] = [];
  const tell = () => {
    const [done, total] = [means.length, pictures.length];
    options.onProgress?.({ title: "measuring uncertainty", done, total, unit: "image" });
  };
  tell();
  for await (const image of inFlight(pictures, 2, readPicture)) {
    let sum = 0;
    await predictor.classify(image, (_pixel, _label, _share, measured, inTile) => {
      sum += measured["entropy"]![inTile]!;
    });
    means.push(sum / (image.width * image.height));
    tell();
  }
  return means;
}

/** The mean features [dim] of each picture, of length 1. */
async function meanFeatures(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: LookOptions,
): Promise<Float32Array[]> {
  const layer = featureLayers(model).filter(({ part }) => part === "encoder").at(-1);
  if (layer === undefined) {
    throw new RangeError(`${DOING}: a network whose layers are known needed, got ${model.kind}`);
  }
  const probe = new Probe(model, computingOf(options), (graph) => {
    const means = mean(featureMap(layer, graph), [2, 3]);
    return { features: div(means, l2Norm(means, [1])) };
  });
  const found: Float32Array[] = [];
  try {
    const how = { cut: "square", title: "looking at features" } as const;
    for await (const { input } of viewsOf(pictures, model, options, how)) {
      found.push((await probe.ask(input))["features"]!.data);
    }
  } finally {
    await probe.release();
  }
  return found;
}
