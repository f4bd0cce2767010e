import type { Outlining } from "../annotations/outlines.ts";
import type { Task } from "../families/family.ts";
import { mul } from "../graph/ops/math.ts";
import { scalar } from "../graph/tensor.ts";
import { margin } from "../inference/measures.ts";
import type { Measures } from "../inference/tiles.ts";

/** What may be written of pictures. */
export const SAVED = [
  "masks",
  "overlays",
  "confidence",
  "probabilities",
  "coco",
  "labelme",
  "geojson",
  "panoptic",
  "instances",
] as const;

/** One of the things that may be written. */
export type Saved = typeof SAVED[number];

/** What polygons are made for. */
export const OUTLINED = ["coco", "labelme", "geojson"] as const;

/** What is written of all pictures together, into one file. */
export const JOINT = ["coco", "panoptic", "instances"] as const;

/** One of these. */
export type Joint = typeof JOINT[number];

/** What needs a network that tells objects apart. */
const OF_OBJECTS = ["panoptic", "instances"] as const;

/** What is written of pictures, and how label maps become polygons. */
export interface Saving extends Outlining {
  readonly saved: ReadonlySet<Saved>;
}

/** What is written where nobody says it. */
export const USUAL_SAVING: Saving = {
  saved: new Set(["masks", "overlays"]),
  tolerance: 0.5,
  minArea: 1,
};

/** What is written where nobody says it, of a network that is asked for a task. */
export function usualSaving(task: Task): Saving {
  if (task === "semantic") return USUAL_SAVING;
  const kind = task === "panoptic" ? "panoptic" : "instances";
  return { ...USUAL_SAVING, saved: new Set([...USUAL_SAVING.saved, kind]) };
}

/** Refuses what cannot be written of classes alone. */
export function requireObjectsFor({ saved }: Saving, task: Task): void {
  const kind = OF_OBJECTS.find((kind) => saved.has(kind));
  if (kind === undefined || task !== "semantic") return;
  throw new RangeError(
    `Cannot save ${kind}: objects needed, which a network gives that was trained for panoptic or instance ` +
      `segmentation (--task), got classes alone; leave ${kind} out, or use another model`,
  );
}

/** What the files of a picture are called after its stem; for all pictures together there are none. */
const ENDINGS: Readonly<Record<Saved, readonly string[]>> = {
  masks: ["_labels.png", "_labels.tif"],
  overlays: ["_overlay.png"],
  confidence: ["_confidence.png", "_margin.png"],
  probabilities: ["_probabilities.npy"],
  coco: [],
  labelme: [],
  geojson: [".geojson"],
  panoptic: [],
  instances: [],
};

/** The endings of pictures that a segmentation may have written. */
export const PICTURE_ENDINGS = Object.values(ENDINGS).flat().filter((end) =>
  /\.(png|tif)$/.test(end)
);

/** The endings of a picture's files: its JSON comes first, in which labelme's entries are too. */
export function endingsOf(saved: Saving["saved"]): readonly string[] {
  const others = [...saved].filter((kind) => !JOINT.some((joint) => joint === kind));
  return others.length === 0 ? [] : [".json", ...others.flatMap((kind) => ENDINGS[kind])];
}

/** What a network has to measure of pixels for what is written. */
export function measuresFor({ saved }: Saving): Measures {
  return {
    ...saved.has("confidence") && { margin },
    ...saved.has("probabilities") && { shares: (probabilities) => mul(probabilities, scalar(1)) },
  };
}
