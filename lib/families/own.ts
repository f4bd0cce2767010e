import type { Model } from "../nn/model.ts";
import type { Architecture, Family } from "./family.ts";

/** What stands in a config in place of a variant's name where the network is one's own. */
export const OWN_NETWORK = "own network";

/** Whatever is no published network: it has no variants, recipes or checkpoints. */
const own: Omit<Family, "model"> = {
  name: OWN_NETWORK,
  smallestSide: () => 1,
  variants: {},
  backbone: { encoder: { title: "a backbone of its own", checkpoints: [] }, path: "" },
  checkpoints: [],
  presets: {},
};

/** A network of one's own for a number of classes, as all that works with networks takes it. */
export function ownArchitecture(model: Model, classes: number): Architecture {
  return { family: { ...own, model: () => model }, config: { classes } };
}
