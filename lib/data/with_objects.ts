import { checkObjects, type Objects } from "../images/objects.ts";
import { listed } from "../words.ts";
import type { Dataset, Example } from "./dataset.ts";
import { objectsOf } from "./objects_of.ts";

/** A data set that says of each class whether it is of things, and whose examples have objects. */
export interface ObjectDataset extends Dataset {
  readonly things: readonly boolean[];
  /** How things of a class are told apart, for people: "by the data's own ids". */
  readonly toldApart: string;
  /** Whether the data say it themselves. */
  readonly hasIds: boolean;
  example(index: number): Promise<ObjectExample>;
  objects(index: number): Promise<Objects>;
}

/** An example with the objects in it. */
export interface ObjectExample extends Example {
  readonly objects: Objects;
}

/**
 * A data set whose examples have their objects: those that it tells apart itself, or else, of plain label
 * maps, the connected components of its things. Which classes are things is what `things` says by class,
 * or the data set where that is not given.
 */
export function withObjects(dataset: Dataset, things = dataset.things): ObjectDataset {
  const { name, classes, objects: told } = dataset;
  if (things === undefined || things.length !== classes.length) {
    throw new RangeError(
      `Cannot tell the objects of ${name} apart: whether each of its ${classes.length} classes ` +
        `(${listed(classes, (one) => one)}) is of things or of stuff needed, got ` +
        (things === undefined
          ? 'nothing about it; say "thing": true or false of each class in a description (data/README.md)'
          : `that of ${things.length}`),
    );
  }
  if (told && things.some((isThing, i) => isThing !== dataset.things?.[i])) {
    const names = classes.filter((_, i) => dataset.things?.[i]);
    throw new RangeError(
      `Cannot tell the objects of ${name} apart: the things that it tells apart needed (${
        listed(names, (one) => one)
      }), got ${listed(classes.filter((_, i) => things[i]), (one) => one) || "none"}`,
    );
  }
  const hasIds = told !== undefined || dataset.instances !== undefined;
  const objects = async (index: number, example: Example): Promise<Objects> => {
    if (example.objects) return example.objects;
    // With the example at hand, files of instances alone are less to read than all that `told` reads.
    if (dataset.instances) {
      return objectsOf(example.labels, await dataset.instances(index), things);
    }
    return told
      ? checked(await told(index), example, classes.length)
      : objectsOf(example.labels, null, things);
  };
  return {
    ...dataset,
    things,
    hasIds,
    toldApart: hasIds
      ? "by the data's own ids"
      : "as connected components, since the data have no ids of them",
    async example(index) {
      const example = await dataset.example(index);
      return { ...example, objects: await objects(index, example) };
    },
    async objects(index) {
      return await told?.(index) ?? await objects(index, await dataset.example(index));
    },
  };
}

function checked(objects: Objects, { name, image }: Example, classes: number): Objects {
  const doing = `Cannot use the objects of ${name}`;
  checkObjects(objects, classes, doing);
  if (objects.width === image.width && objects.height === image.height) return objects;
  throw new RangeError(
    `${doing}: a map of the image's ${image.width}×${image.height} pixels needed, got ` +
      `${objects.width}×${objects.height}`,
  );
}

/**
 * Whether each class is of things, from two lists of names. A class in both, in neither, or a name of no
 * class is a RangeError.
 */
export function thingsOf(
  classes: readonly string[],
  things: readonly string[],
  stuff: readonly string[],
): readonly boolean[] {
  const doing = "Cannot divide classes into things and stuff";
  const both = things.filter((name) => stuff.includes(name));
  const unknown = [...things, ...stuff].filter((name) => !classes.includes(name));
  const neither = classes.filter((name) => !things.includes(name) && !stuff.includes(name));
  const refuse = (needs: string, got: string) =>
    new RangeError(`${doing}: ${needs} needed, got ${got}`);
  if (both.length > 0) {
    throw refuse("each class as one or the other", `${listed(both, (one) => one)} as both`);
  }
  if (unknown.length > 0) {
    throw refuse(
      `names of the classes (${listed(classes, (one) => one)})`,
      listed(unknown, (one) => one),
    );
  }
  if (neither.length > 0) {
    throw refuse("each class as one or the other", `${listed(neither, (one) => one)} as neither`);
  }
  return classes.map((name) => things.includes(name));
}
