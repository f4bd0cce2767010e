import type { Dataset } from "../data/dataset.ts";
import { withObjects } from "../data/with_objects.ts";
import type { Task } from "../families/family.ts";
import { thingsAmong } from "../images/objects.ts";

/**
 * A data set whose examples have the objects that a network for a task learns, which of the instance task are the
 * things alone; says how things are told apart where the data do not.
 */
export function toldApart(
  dataset: Dataset,
  task: Exclude<Task, "semantic">,
  say: (text: string) => void,
): Dataset {
  const told = withObjects(dataset);
  if (!told.hasIds) say(`${dataset.name}: things of a class are told apart ${told.toldApart}`);
  if (task === "panoptic") return told;
  const { objects: _, ...rest } = told; // those of examples are what is learned from
  return {
    ...rest,
    example: async (index) => {
      const example = await told.example(index);
      return { ...example, objects: thingsAmong(example.objects, told.things) };
    },
  };
}
