import { basename } from "node:path";
import type { FoundPair, FoundSet } from "../annotations/found_set.ts";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { diskDataset } from "../data/disk_dataset.ts";
import { faultText } from "../data/fault.ts";
import { A_FIFTH, heldOutOf, type Holdout } from "../data/holdout.ts";
import { counted } from "../words.ts";

/** How a data set that a tool has written is opened. */
export interface FoundOptions {
  /** What it is called; its file or folder where it is not given. */
  readonly name?: string;
  /** What is held out; where it is not given, the tool's own parts, or else a fifth. */
  readonly holdout?: Holdout;
}

/** A split of a data set that a tool has written. Images of a test part are of neither split. */
export async function foundDataset(
  set: FoundSet,
  split: Split,
  options: FoundOptions = {},
): Promise<DiskDataset> {
  const { pairs, how } = await partOfSet(set, split, options.holdout);
  const name = options.name ?? basename(set.place).replace(/\.\w+$/, "");
  if (pairs.length === 0) {
    throw new RangeError(
      `Cannot open the ${split} split of ${set.place}: needs images with annotations, got none`,
    );
  }
  return await diskDataset({
    name: `${name}/${split}`,
    classes: set.classes,
    palette: set.palette,
    pairs,
    tableFor: set.tableFor,
    ...set.things && { things: set.things },
    format: `${set.format}: ${counted(set.pairs.length, "image")}, ` +
      `${set.classes.length} classes; ${how}`,
    faults: [...set.faults, ...pairs.flatMap(({ faults = [] }) => faults)],
  });
}

/** Whether those who made a set have divided it into training and validation. */
export function isDivided({ pairs }: FoundSet): boolean {
  return (["train", "val"] as const).every((part) => pairs.some((pair) => pair.part === part));
}

/** The pairs that may be trained or validated on, where others than its makers divide a set. */
export function dividablePairs({ pairs }: FoundSet): readonly FoundPair[] {
  const others = pairs.filter(({ part }) => part !== "test");
  return others.length > 0 ? others : pairs;
}

async function partOfSet(set: FoundSet, split: Split, holdout: Holdout | undefined) {
  if (holdout === undefined && isDivided(set)) {
    const pairs = set.pairs.filter(({ part }) => part === split);
    return { pairs, how: `its own ${split} split, ${counted(pairs.length, "image")}` };
  }
  if (set.pairs.length === 0) {
    const [first] = set.faults;
    throw new RangeError(
      `Cannot open ${set.place}: needs images with annotations, got none` +
        (first ? `; ${faultText(first)}` : ""),
    );
  }
  const chosen = holdout ?? A_FIFTH;
  const all = dividablePairs(set);
  const known = ({ present }: FoundPair) => present;
  const held = await heldOutOf(chosen, all, set.tableFor, set.place, known);
  const pairs = all.filter((_, index) => held.has(index) === (split === "val"));
  const how = "share" in chosen
    ? `${split} is ${pairs.length}, ${100 * chosen.share} % held out by seed ${chosen.seed}`
    : `${split} is ${pairs.length}, by a list`;
  return { pairs, how };
}
