import type { Dataset } from "../data/dataset.ts";
import { withObjects } from "../data/with_objects.ts";
import type { Image } from "../images/image.ts";
import type { ObjectKey } from "../images/objects.ts";
import { shownImage } from "../images/shown_bands.ts";
import { objectTask } from "../families/family.ts";
import { ObjectPredictor, type ObjectSettings } from "../inference/object_predictor.ts";
import type { OpenedModel } from "../models/open.ts";
import { thingsOf } from "../models/things_of.ts";
import type { OnProgress } from "../progress.ts";
import { objectsPicture } from "../report/objects_picture.ts";
import {
  evaluateObjects,
  type ObjectScores,
  type ScoredObjects,
} from "../scoring/evaluate_objects.ts";
import { join } from "node:path";
import { fileName } from "./pictures.ts";

/** The scores of a network's objects, and what they rest on. */
export interface ObjectEvaluation {
  /** Whether each class is of things, by its index. */
  readonly things: readonly boolean[];
  readonly found: ObjectScores;
  /** How the data's things are told apart, in words. */
  readonly toldApart: string;
  /** What was taken for granted, in words. */
  readonly assumed: readonly string[];
}

/** How objects are scored. */
export interface ObjectTask
  extends
    Pick<ObjectSettings, "precision" | "provider">,
    Required<Pick<ObjectSettings, "threads">> {
  /** Where pictures go, into its objects/; none are drawn if not given. */
  readonly folder?: string;
  /** How many images are drawn. */
  readonly pictures?: number;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Scores the objects that a network finds in a data set; null of a network that gives classes alone. What are things
 * the network's training says, or else the data.
 */
export async function objectEvaluation(
  model: OpenedModel,
  val: Dataset,
  task: ObjectTask,
): Promise<ObjectEvaluation | null> {
  const asked = objectTask(model.architecture);
  if (asked === null) return null;
  const { things, assumed } = thingsIn(model, val);
  const { folder, pictures = 0, onProgress, ...settings } = task;
  const predictor = new ObjectPredictor({ ...model, ...settings, things });
  const key = { ...model, things };
  const every = Math.max(1, Math.floor(val.length / Math.max(1, pictures)));
  const draw = async (scored: ScoredObjects) => {
    const { index } = scored;
    if (folder === undefined || index % every !== 0 || index / every >= pictures) return;
    await drawObjects(folder, scored, key);
  };
  const title = `telling objects apart on ${val.name}`;
  const tell = (done: number) => onProgress?.({ title, done, total: val.length, unit: "image" });
  try {
    const found = await evaluateObjects(predictor, asked, val, draw, tell);
    return { found, things, toldApart: withObjects(val, things).toldApart, assumed };
  } finally {
    await predictor.release();
  }
}

/** Which classes are things: as the network says, else as the data do, else as is assumed of the network. */
export function thingsIn(model: OpenedModel, { things }: Pick<Dataset, "things">) {
  const said = model.things ?? things;
  return said ? { things: said, assumed: [] } : thingsOf(model);
}

/** Draws what was found in an image, and what there is: NAME.png and NAME_truth.png in objects/. */
async function drawObjects(
  folder: string,
  { example: { name, image, objects }, found }: ScoredObjects,
  key: ObjectKey,
): Promise<void> {
  const shown: Image = shownImage(image);
  const path = join(folder, "objects", fileName(name));
  await (await objectsPicture(shown, found, key)).save(`${path}.png`);
  if (objects) await (await objectsPicture(shown, objects, key)).save(`${path}_truth.png`);
}

/** Scores as evaluation.json has them: null where there was nothing to score. */
export function describedObjects(
  { found: { task, scores }, toldApart }: ObjectEvaluation,
  classes: readonly string[],
) {
  const byClass = <T>(values: readonly T[], of: (value: T) => unknown) =>
    Object.fromEntries(classes.map((name, i) => [name, of(values[i]!)]));
  if (task === "instance") {
    const { perClass, ...numbers } = scores;
    const named = Object.entries(numbers).map(([name, x]) => [AP_NAMES[name] ?? name, known(x)]);
    return { task, toldApart, ...Object.fromEntries(named), perClass: byClass(perClass, known) };
  }
  const { all, things, stuff, perClass } = scores;
  const quality = ({ pq, sq, rq }: typeof all | typeof perClass[number]) => {
    return { PQ: known(pq), SQ: known(sq), RQ: known(rq) };
  };
  return {
    task,
    toldApart,
    ...quality(all),
    things: quality(things),
    stuff: quality(stuff),
    perClass: byClass(perClass, (one) => {
      const { matched, missed, wrong } = one;
      return { ...quality(one), matched, missed, wrong };
    }),
  };
}

/** COCO's names of the twelve numbers. */
const AP_NAMES: Readonly<Record<string, string>> = {
  ap: "AP",
  ap50: "AP50",
  ap75: "AP75",
  apSmall: "APsmall",
  apMedium: "APmedium",
  apLarge: "APlarge",
  ar1: "AR1",
  ar10: "AR10",
  ar100: "AR100",
  arSmall: "ARsmall",
  arMedium: "ARmedium",
  arLarge: "ARlarge",
};

function known(x: number): number | null {
  return Number.isNaN(x) ? null : x;
}
