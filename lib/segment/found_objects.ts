import type { Task } from "../families/family.ts";
import type { Raster } from "../images/image.ts";
import type { Instance } from "../images/instances.ts";
import { instancesOf, objectsOfInstances } from "../images/instances.ts";
import type { Objects } from "../images/objects.ts";
import type { ObjectPredictor } from "../inference/object_predictor.ts";

/** The objects of a picture, none over another, and its things, which may have pixels in common. */
export interface FoundObjects {
  readonly objects: Objects;
  /** The surest first; an id of the objects is a place here from 1 on where instances were asked for. */
  readonly instances: readonly Instance[];
}

/**
 * What a network finds in a picture: for panoptic segmentation its objects, of which things are the instances;
 * for instance segmentation its instances, of which the objects show the surest where several are.
 */
export async function foundObjects(
  predictor: ObjectPredictor,
  task: Exclude<Task, "semantic">,
  image: Raster,
): Promise<FoundObjects> {
  if (task === "panoptic") {
    const objects = await predictor.objects(image);
    const instances = instancesOf(objects, predictor.settings.things);
    return { objects, instances: instances.toSorted((a, b) => b.score! - a.score!) };
  }
  const instances = await predictor.instances(image);
  return { objects: surestOf(instances, image), instances };
}

/** Instances, the surest first, as objects whose ids are their places from 1 on. */
function surestOf(instances: readonly Instance[], image: Raster): Objects {
  const turned = objectsOfInstances(instances.toReversed(), image); // later ones lie on earlier ones
  const place = (id: number) => instances.length + 1 - id;
  return {
    ...turned,
    data: turned.data.map((id) => id === 0 ? 0 : place(id)),
    segments: turned.segments.map((segment) => ({ ...segment, id: place(segment.id) })).reverse(),
  };
}
