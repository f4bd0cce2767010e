import { eachStretch, type MaskRuns, runsOfObjects } from "./mask_runs.ts";
import { type Objects, type Segment, withPixels } from "./objects.ts";

/** One thing of an image; unlike those of `Objects`, instances may have pixels in common. */
export interface Instance {
  /** The index of its class. */
  readonly class: number;
  /** Its pixels. */
  readonly mask: MaskRuns;
  /** It is a group of things that nobody has told apart; not so if not given. */
  readonly isCrowd?: boolean;
  /** How sure a network is of it, from 0 to 1; what somebody has drawn has none. */
  readonly score?: number;
}

/** The things among an image's objects, in their order; those without pixels are left out. */
export function instancesOf(objects: Objects, things: readonly boolean[]): readonly Instance[] {
  const runs = runsOfObjects(objects);
  return objects.segments.filter((segment) => things[segment.class] && runs.has(segment.id))
    .map(({ id, ...rest }) => ({ ...rest, mask: runs.get(id)! }));
}

/**
 * Instances as objects, of which a pixel has one: later instances lie on earlier ones, and what is
 * hidden is gone. Ids are places in the list, counted from 1.
 */
export function objectsOfInstances(
  instances: readonly Instance[],
  { width, height }: { readonly width: number; readonly height: number },
): Objects {
  const data = new Int32Array(width * height);
  instances.forEach(({ mask }, place) => {
    requireSize(mask, width, height);
    eachStretch(mask, (from, to) => {
      for (let i = from; i < to; i++) {
        data[i % height * width + Math.floor(i / height)] = place + 1;
      }
    });
  });
  const segments = instances.map(({ mask: _, ...rest }, place): Segment => {
    return { id: place + 1, ...rest };
  });
  return withPixels({ width, height, data, segments });
}

function requireSize(mask: MaskRuns, width: number, height: number): void {
  if (mask.width === width && mask.height === height) return;
  throw new RangeError(
    `Cannot make one map of instances: masks of ${width}×${height} pixels needed, got ` +
      `${mask.width}×${mask.height}`,
  );
}
