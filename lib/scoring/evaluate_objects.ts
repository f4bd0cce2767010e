import type { ObjectDataset, ObjectExample } from "../data/with_objects.ts";
import { type Instance, instancesOf } from "../images/instances.ts";
import { inFlight } from "../in_flight.ts";
import type { FoundObjects, ObjectPredictor } from "../inference/object_predictor.ts";
import { firstOf } from "../words.ts";
import { MaskAp, type MaskApScores } from "./mask_ap.ts";
import { PanopticQuality, type PanopticScores } from "./panoptic_quality.ts";

/** The example that is waited for and the next one: decoding is off the JavaScript thread. */
const UNDER_WAY = 2;

/** How well the objects of a set are found. */
export interface ObjectScores {
  /** How many images were scored. */
  readonly images: number;
  /** Of things and stuff, of which a pixel has one. */
  readonly panoptic: PanopticScores;
  /** Of things alone, which may have pixels in common. */
  readonly instances: MaskApScores;
}

/** An example with what was found in it. */
export interface ScoredObjects {
  readonly example: ObjectExample;
  readonly found: FoundObjects;
  readonly index: number;
}

/** Scores, which repeat, and how long they took, which does not. */
export interface ObjectEvaluation {
  readonly scores: ObjectScores;
  /** Time in `find`; reading happens meanwhile and is not part of it. */
  readonly seconds: number;
}

/**
 * Scores what finds objects on all examples of a data set; the next one is read while one runs, and none
 * is kept. `onExample` sees each of them, for example to draw pictures.
 */
export async function evaluateObjects(
  predictor: ObjectPredictor,
  dataset: ObjectDataset,
  onExample?: (scored: ScoredObjects) => void | Promise<void>,
): Promise<ObjectEvaluation> {
  const { things } = dataset;
  requireSameThings(predictor, dataset);
  const panoptic = new PanopticQuality(things);
  const instances = new MaskAp(things.length);
  let seconds = 0;
  let index = 0;
  const examples = inFlight(Array(dataset.length).keys(), UNDER_WAY, (i) => dataset.example(i));
  for await (const example of examples) {
    const start = performance.now();
    const found = await predictor.find(example.image);
    seconds += (performance.now() - start) / 1000;
    try {
      requireThings(found.instances, dataset);
      panoptic.add(example.objects, found.objects);
      instances.add(instancesOf(example.objects, things), found.instances);
    } catch (cause) {
      throw new RangeError(`Cannot score ${example.name}: ${(cause as Error).message}`, { cause });
    }
    await onExample?.({ example, found, index: index++ });
  }
  const scores = {
    images: dataset.length,
    panoptic: panoptic.result(),
    instances: instances.result(),
  };
  return { scores, seconds };
}

function requireSameThings(predictor: ObjectPredictor, dataset: ObjectDataset): void {
  const { name, classes, things } = dataset;
  const doing = `Cannot score objects on ${name}`;
  if (predictor.things.length !== things.length) {
    throw new RangeError(
      `${doing}: a network of its ${things.length} classes needed, got one of ` +
        `${predictor.things.length}`,
    );
  }
  const other = classes.filter((_, i) => predictor.things[i] !== things[i]);
  if (other.length === 0) return;
  throw new RangeError(
    `${doing}: a network with its things and stuff needed, got one that has it otherwise with ` +
      firstOf(other),
  );
}

function requireThings(instances: readonly Instance[], { classes, things }: ObjectDataset): void {
  const stuff = instances.find((one) => things[one.class] === false);
  if (stuff === undefined) return;
  throw new RangeError(
    `Cannot score instances: classes of things needed, got ${classes[stuff.class]}`,
  );
}
