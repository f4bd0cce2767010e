import { ownArchitecture } from "../../lib/families/own.ts";
import { expand } from "../../lib/graph/ops/broadcast.ts";
import { add, mul } from "../../lib/graph/ops/math.ts";
import { slice } from "../../lib/graph/ops/structure.ts";
import { constant, scalar } from "../../lib/graph/tensor.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { smallSight } from "./opened.ts";

/** A network that gives the same scores to every pixel, one a class, whatever it sees. */
export function scoredModel(
  scores: readonly number[],
  classes: readonly string[] = ["left", "right"],
): OpenedModel {
  const model = pixelModel((_, images) => {
    const [b, , height, width] = images.dims(4);
    const shape = [b, scores.length, height, width];
    const nothing = mul(slice(images, [0, 0, 0, 0], [b, 1, height, width]), scalar(0));
    const map = expand(constant([...scores], [1, scores.length, 1, 1]), shape);
    return { map: add(map, nothing), height, width };
  });
  return {
    kind: "known scores",
    architecture: ownArchitecture(model, scores.length),
    weights: new Map(),
    classes,
    palette: classes.map((_, i) => [80 * i, 200 - 80 * i, 90] as const),
    ...smallSight,
  };
}
