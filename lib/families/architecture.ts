import { input } from "../graph/tensor.ts";
import type { Model } from "../nn/model.ts";
import { type Declared, Scope } from "../nn/scope.ts";
import type { Architecture } from "./family.ts";

/** The network of an architecture, with all that its published checkpoints hold. */
export function modelOf({ family, config }: Architecture): Model {
  const model = family.model(config);
  return {
    ...model,
    build: (p, images) => {
      const answer = model.build(p, images);
      family.declareUnused?.(p, config);
      return answer;
    },
  };
}

/** What a network without training declares for an image of a side in pixels: its parameters. */
export function declaredBy(architecture: Architecture, side: number): Declared {
  const model = modelOf(architecture);
  return Scope.build(false, (p) => model.build(p, input("images", [1, 3, side, side])));
}
