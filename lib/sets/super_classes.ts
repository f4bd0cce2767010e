/** Classes of a data set by the groups that its authors sort them into. */
type SuperClasses = Readonly<Record<string, readonly string[]>>;

/** The categories of Cityscapes' 19 evaluated classes, as cityscapesScripts has them (labels.py). */
const cityscapes: SuperClasses = {
  flat: ["road", "sidewalk"],
  construction: ["building", "wall", "fence"],
  object: ["pole", "traffic light", "traffic sign"],
  nature: ["vegetation", "terrain"],
  sky: ["sky"],
  human: ["person", "rider"],
  vehicle: ["car", "truck", "bus", "train", "motorcycle", "bicycle"],
};

/**
 * The groups of CamVid's classes in figure 1 of Brostow, Fauqueur and Cipolla 2009, of which the 11
 * classes are left that SegNet's authors kept.
 */
const camvid: SuperClasses = {
  "moving objects": ["car", "pedestrian", "bicyclist"],
  road: ["road"],
  ceiling: ["sky"],
  "fixed objects": ["building", "pole", "pavement", "tree", "sign", "fence"],
};

/**
 * The published group of each class, where all of them are a data set's that has groups (Cityscapes,
 * CamVid); null for other classes.
 */
export function superClassesOf(classes: readonly string[]): string[] | null {
  for (const groups of [cityscapes, camvid]) {
    const groupOf = (name: string) =>
      Object.keys(groups).find((group) => groups[group]!.includes(name));
    const found = classes.flatMap((name) => groupOf(name) ?? []);
    if (found.length === classes.length) return found;
  }
  return null;
}
