import type { Row } from "../report/table.ts";
import { spreadOf } from "../statistics.ts";
import type { Experiment, FinishedRun } from "./experiment.ts";
import type { RunGroup } from "./run_groups.ts";
import { percents } from "../words.ts";

/**
 * What an experiment looks at beside the mIoU, a row for each run and trial: the IoU of some classes; of one
 * class against the rest its F1 too, 2 IoU / (1 + IoU), as its Dice is; the quality of objects where networks tell
 * them apart; minutes and memory of the trainings that have measured them. No rows where there is nothing beside.
 */
export function besideRows(
  groups: readonly RunGroup[],
  { beside = [], data }: Pick<Experiment, "beside" | "data">,
): Row[] {
  const areTold = groups.some(({ seeds }) => seeds.some(({ summary }) => summary.objects));
  if (beside.length === 0 && !areTold) return [];
  const isBinary = typeof data === "object" && "camvid" in data;
  const areMeasured = groups.some(({ seeds }) => costsOf(seeds) !== null);
  return groups.map((group): Row => {
    const costs = group.isTrial ? null : costsOf(group.seeds);
    return {
      run: group.name,
      ...Object.fromEntries(beside.flatMap((name) => {
        const iou = group.perClass.flatMap((scores) => scores[name] ?? []);
        const text = (shares: readonly number[]) => shares.length === 0 ? null : percents(shares);
        const own = [`IoU of ${name} (%)`, text(iou)];
        return isBinary ? [own, [`F1 of ${name} (%)`, text(iou.map(f1Of))]] : [own];
      })),
      ...areTold && objectColumns(group.isTrial ? [] : group.seeds),
      ...areMeasured && {
        minutes: costs?.minutes.toFixed(1) ?? null,
        "memory (MiB)": costs?.memoryMiB.toFixed(0) ?? null,
      },
    };
  });
}

/** Panoptic quality of all, things and stuff, over the seeds that have it. */
function objectColumns(seeds: readonly Pick<FinishedRun, "summary">[]): Row {
  const found = seeds.flatMap(({ summary: { objects } }) =>
    objects && "PQ" in objects ? [objects] : []
  );
  const column = (quality: "PQ" | "things" | "stuff") => {
    const values = found.flatMap((objects) => objects[quality] ?? []);
    return values.length === 0 ? null : percents(values);
  };
  return {
    "PQ (%)": column("PQ"),
    "PQ of things": column("things"),
    "PQ of stuff": column("stuff"),
  };
}

function f1Of(iou: number): number {
  return 2 * iou / (1 + iou);
}

/** Means over the seeds; null where the memory was not measured in all of them. */
function costsOf(
  seeds: readonly Pick<FinishedRun, "environment">[],
): { readonly minutes: number; readonly memoryMiB: number } | null {
  const memory = seeds.flatMap(({ environment }) => environment.memoryMiB ?? []);
  if (memory.length < seeds.length) return null;
  const minutes = seeds.map(({ environment }) => environment.seconds / 60);
  return { minutes: spreadOf(minutes).mean, memoryMiB: spreadOf(memory).mean };
}
