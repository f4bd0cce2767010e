import type { NDArray } from "../array.ts";
import { inferenceOf } from "../train/config.ts";
import { completed } from "./assigned.ts";
import { parseDescription } from "./description.ts";

/**
 * A network that Seglab trained, ready to use, as its model.safetensors describes it, and the config that it
 * was trained by.
 */
export function trainedModel(tensors: ReadonlyMap<string, NDArray>, description: string) {
  const { config, classes, palette, things } = parseDescription(description);
  const inference = inferenceOf(config, classes.length);
  return {
    kind: `Seglab ${config.variant}`,
    ...inference,
    ...completed(inference.architecture, tensors, []),
    classes,
    palette,
    ...things && { things },
    assumed: [],
    config,
  };
}
