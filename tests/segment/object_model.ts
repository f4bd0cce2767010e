import type { Task } from "../../lib/families/family.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { untrainedModel } from "../../lib/models/untrained.ts";

/** Names, colours and things of the networks of `objectModel`. */
export const objectKey = {
  classes: ["sky", "car", "tree"],
  palette: [[0, 0, 255], [255, 0, 0], [0, 255, 0]],
  things: [false, true, true],
} as const;

/** How much surer the queries are than at random, and how much more patches differ by their place. */
const SURER = 40;

/**
 * A small EoMT at random weights that finds objects, whatever they are: its queries are sure of their classes, and
 * the masks of some are what those of the others are not, because each mask is one map of the picture times
 * one number of the query.
 */
export function objectModel(task: Task, seed = 1): OpenedModel {
  const model = untrainedModel("EoMT-T/16", objectKey, {
    window: 64,
    seed,
    network: { task, queries: 12, blocks: 1, encoder: { layers: 2 } },
  });
  const weights = new Map(model.weights);
  const change = (name: string, of: (weight: number, i: number) => number) => {
    const { shape, data } = weights.get(name)!;
    weights.set(name, { shape, data: data.map(of) });
  };
  change("class_head.weight", (weight) => SURER * weight);
  change("encoder.backbone.pos_embed", (weight) => SURER * weight);
  const [dim] = weights.get("mask_head.4.bias")!.shape as [number];
  const sign = (i: number) => i % 2 === 0 ? 1 : -1;
  change("mask_head.4.weight", (_, i) => SURER * sign(Math.floor(i / dim)) * sign(i % dim));
  change("mask_head.4.bias", () => 0);
  return { ...model, weights, ...task !== "semantic" && { things: objectKey.things } };
}
