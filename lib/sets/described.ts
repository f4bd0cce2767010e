import { dirname, resolve } from "node:path";
import { z } from "zod";
import { detect } from "../annotations/detect.ts";
import { entriesOf } from "../annotations/entry_json.ts";
import { type Drawing, type FoundSet, PLAIN_DRAWING } from "../annotations/found_set.ts";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { describedClass, thingsOfDescription } from "../data/folder.ts";
import { type Holdout, holdoutOf, holdoutSchema } from "../data/holdout.ts";
import { excerpt } from "../words.ts";
import { foundDataset } from "./found.ts";

/**
 * The JSON description of what a labelling tool has written: where it lies, relative to the JSON file,
 * and what is held out where it is not the tool that says so.
 */
const AnnotationDescription = z.strictObject({
  name: z.string().min(1),
  annotations: z.string().min(1),
  classes: z.array(describedClass).min(1).max(255).optional(),
  columns: z.strictObject({ image: z.string().min(1), mask: z.string().min(1) }).optional(),
  unlabelled: z.enum(["background", "ignore"]).default(PLAIN_DRAWING.unlabelled),
  overlap: z.enum(["area", "order"]).default(PLAIN_DRAWING.overlap),
  crowd: z.enum(["class", "ignore"]).default(PLAIN_DRAWING.crowd),
  ...holdoutSchema,
  val: holdoutSchema.val.optional(),
});

/** Whether a JSON value describes annotations, and no folders of masks. */
export function isAnnotationDescription(value: unknown): boolean {
  return typeof Object(value).annotations === "string";
}

/** What a description of annotations says. */
export interface Described {
  readonly name: string;
  readonly set: FoundSet;
  readonly holdout: Holdout | undefined;
}

/** Reads what a description of annotations, a JSON value of the file `path`, describes. */
export async function readDescribed(path: string, value: unknown): Promise<Described> {
  const needs = "a data description as in data/README.md";
  const { name, annotations, classes, columns, val, seed, groupBy, ...rest } = entriesOf(
    value,
    AnnotationDescription,
    path,
    needs,
  );
  const place = resolve(dirname(path), annotations);
  const opening = await detect(place).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    return null;
  });
  if (opening === null) {
    throw new RangeError(
      `Cannot use the data description ${path}: needs the file or folder of a labelling tool as ` +
        `"annotations", got ${excerpt(place, 300)}`,
    );
  }
  const drawing: Drawing = { ...rest, ...classes && { classes }, ...columns && { columns } };
  const set = await opening(drawing);
  // Tools that draw regions have heard of it; of masks the description alone can say it.
  const things = set.things || !classes ? {} : thingsOfDescription(classes, path);
  return {
    name,
    set: { ...set, ...things },
    holdout: val === undefined ? undefined : holdoutOf({ val, seed, groupBy }),
  };
}

/** A split of what a description of annotations describes. */
export async function described(path: string, value: unknown, split: Split): Promise<DiskDataset> {
  const { set, ...options } = await readDescribed(path, value);
  return await foundDataset(set, split, {
    name: options.name,
    ...options.holdout && { holdout: options.holdout },
  });
}
