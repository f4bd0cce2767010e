import type { ClassList } from "./class_list.ts";
import type { Asked, LabelledPhoto } from "./train_messages.ts";
import type { TrainingPhoto } from "./training_photo.ts";

/** What the worker needs to train. */
export type Brief = Extract<Asked, { kind: "train" }>;

/** A photo as the worker takes it. */
export function labelled(
  { id, image: { width, height, data }, labels }: TrainingPhoto,
): LabelledPhoto {
  return { id, width, height, pixels: data, labels };
}

/** The training of photos with strokes; what is missing before anything can be learned is a RangeError. */
export function briefOf(
  photos: readonly TrainingPhoto[],
  classes: ClassList,
  steps: string,
): Brief {
  const names = classes.names();
  const used = photos.filter((photo) => photo.has());
  const drawn = names.filter((_, label) => used.some((photo) => photo.has(label)));
  if (drawn.length === 0) {
    throw new RangeError(
      "Cannot train: strokes of at least two classes needed, got none; choose a class and draw on a photo.",
    );
  }
  if (drawn.length === 1) {
    throw new RangeError(
      `Cannot train: strokes of at least two classes needed, got those of ${drawn[0]} alone, ` +
        "which would then be everywhere; draw some of another class.",
    );
  }
  const missing = names.find((name) => !drawn.includes(name));
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot train: strokes of each class needed, got none of ${missing}; draw some, or remove the class.`,
    );
  }
  const count = Number(steps);
  if (!Number.isInteger(count) || count < 10 || count > 2000) {
    throw new RangeError(`Cannot train: 10 to 2000 steps needed, got ${steps || "none"}.`);
  }
  const palette = classes.classes.map(({ colour }) => colour);
  return { kind: "train", photos: used.map(labelled), classes: names, palette, steps: count };
}
