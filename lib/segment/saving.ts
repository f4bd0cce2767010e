import type { Outlining } from "../annotations/outlines.ts";
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
] as const;

/** One of the things that may be written. */
export type Saved = typeof SAVED[number];

/** What polygons are made for. */
export const OUTLINED = ["coco", "labelme", "geojson"] as const;

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

/** What the files of a picture are called after its stem; for all pictures together there are none. */
const ENDINGS: Readonly<Record<Saved, readonly string[]>> = {
  masks: ["_labels.png", "_labels.tif"],
  overlays: ["_overlay.png"],
  confidence: ["_confidence.png", "_margin.png"],
  probabilities: ["_probabilities.npy"],
  coco: [],
  labelme: [],
  geojson: [".geojson"],
};

/** The endings of pictures that a segmentation may have written. */
export const PICTURE_ENDINGS = Object.values(ENDINGS).flat().filter((end) =>
  /\.(png|tif)$/.test(end)
);

/** The endings of a picture's files: its JSON comes first, in which labelme's entries are too. */
export function endingsOf(saved: Saving["saved"]): readonly string[] {
  const others = [...saved].filter((kind) => kind !== "coco");
  return others.length === 0 ? [] : [".json", ...others.flatMap((kind) => ENDINGS[kind])];
}

/** What a network has to measure of pixels for what is written. */
export function measuresFor({ saved }: Saving): Measures {
  return {
    ...saved.has("confidence") && { margin },
    ...saved.has("probabilities") && { shares: (probabilities) => mul(probabilities, scalar(1)) },
  };
}
