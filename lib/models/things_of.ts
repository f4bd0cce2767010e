import type { OpenedModel } from "./open.ts";

/** COCO's panoptic classes: those of things come first. */
const COCO = { classes: 133, things: 80 } as const;

/** Which classes of a network are of things, and what of it nobody has said. */
export interface KnownThings {
  /** By the index of the class. */
  readonly things: readonly boolean[];
  /** What was taken for granted, in words. */
  readonly assumed: readonly string[];
}

/**
 * Which classes of a network that tells objects apart are of things: as its training wrote it; of a published
 * checkpoint, where nobody says it, COCO's of 133 classes, and else all.
 */
export function thingsOf(
  { things, classes }: Pick<OpenedModel, "things" | "classes">,
): KnownThings {
  if (things) return { things, assumed: [] };
  const count = classes.length;
  const isCoco = count === COCO.classes;
  return {
    things: classes.map((_, index) => !isCoco || index < COCO.things),
    assumed: [
      isCoco
        ? `the first ${COCO.things} of ${count} classes are things and the others stuff, as COCO's are`
        : `each of the ${count} classes is of things, none of stuff, since the checkpoint does not say it ` +
          `(a JSON description of the classes may: "thing": false)`,
    ],
  };
}
