import type { Dataset, Example } from "../data/dataset.ts";
import { withObjects } from "../data/with_objects.ts";
import { instancesOf } from "../images/instances.ts";
import type { Objects } from "../images/objects.ts";
import type { ObjectPredictor } from "../inference/object_predictor.ts";
import { MaskAp, type MaskApScores } from "./mask_ap.ts";
import { PanopticQuality, type PanopticScores } from "./panoptic_quality.ts";

/** How well objects are told apart, by the network's task. */
export type ObjectScores =
  | { readonly task: "panoptic"; readonly scores: PanopticScores }
  | { readonly task: "instance"; readonly scores: MaskApScores };

/** An example with what was found in it. */
export interface ScoredObjects {
  readonly example: Example;
  readonly found: Objects;
  readonly index: number;
}

/**
 * Scores the objects that a network finds in all examples of a data set; `onExample` sees those of the panoptic task,
 * `onDone` hears how many are scored.
 */
export async function evaluateObjects(
  predictor: ObjectPredictor,
  task: ObjectScores["task"],
  dataset: Dataset,
  onExample?: (scored: ScoredObjects) => void | Promise<void>,
  onDone: (count: number) => void = () => {},
): Promise<ObjectScores> {
  const { things } = predictor.settings;
  const told = withObjects(dataset, things);
  const quality = new PanopticQuality(things);
  const precision = new MaskAp(things.length);
  onDone(0);
  for (let index = 0; index < told.length; index++) {
    const example = await told.example(index);
    if (task === "instance") {
      // Average precision looks at all, the surest first.
      const found = await predictor.instances(example.image, 0);
      precision.add(instancesOf(example.objects, things), found);
      onDone(index + 1);
      continue;
    }
    const found = await predictor.objects(example.image);
    quality.add(example.objects, found);
    await onExample?.({ example, found, index });
    onDone(index + 1);
  }
  return task === "panoptic"
    ? { task, scores: quality.result() }
    : { task, scores: precision.result() };
}
