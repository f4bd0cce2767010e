import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Experiment, type FinishedRun, finishedRuns } from "../../lib/runs/experiment.ts";
import {
  drawnNames,
  imagePath,
  readDrawn,
  readDrawnClasses,
  TRUTH,
} from "../../lib/runs/pictures.ts";
import { pointsOf } from "../../lib/runs/run_figures.ts";
import { groupsOf, type RunGroup } from "../../lib/runs/run_groups.ts";
import { spreadOf } from "../../lib/statistics.ts";
import type { ShownExperiment } from "./experiment_page.ts";
import { headerOf } from "./header.ts";
import type { GroupData, OverlayData, PageData, SpreadData } from "./page_data.ts";
import { reducedPicture } from "./reduced_picture.ts";

/** An experiment and where its file is. */
export interface NamedExperiment {
  readonly name: string;
  readonly experiment: Experiment;
  readonly file: string;
}

/**
 * What the results folder has of an experiment; its JSON and pictures are copied into `site`. Null
 * where no run of it is finished.
 */
export async function shownExperiment(
  { name, experiment, file }: NamedExperiment,
  results: string,
  site: string,
): Promise<ShownExperiment | null> {
  const finished = await finishedRuns(results, name, experiment);
  const runs = finished.filter(({ summary }) => summary.final !== null);
  if (runs.length === 0) return null;
  const groups = groupsOf(runs, experiment);
  const into = join(site, "experiments", name);
  for (const { folder } of runs) await copyJson(folder, join(into, basename(folder)));
  return {
    name,
    experiment,
    header: headerOf(await readFile(file, "utf8"), file),
    groups,
    unfinished: await unfinishedRuns(join(results, name), runs),
    data: {
      groups: groupData(groups, experiment),
      overlays: await overlayData(groups, into, name),
      key: await overlayKey(groups),
    },
  };
}

async function copyJson(folder: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  for (const file of ["config.json", "summary.json", "environment.json", "trials.json"]) {
    if (existsSync(join(folder, file))) await cp(join(folder, file), join(into, file));
  }
}

/** The folders that a run has begun, by their config.json, and that hold no scores yet. */
async function unfinishedRuns(folder: string, runs: readonly FinishedRun[]): Promise<string[]> {
  const finished = runs.map(({ folder }) => basename(folder));
  return (await readdir(folder)).sort()
    .filter((name) => !finished.includes(name) && existsSync(join(folder, name, "config.json")));
}

function groupData(groups: readonly RunGroup[], { published = [] }: Experiment): GroupData[] {
  const points = pointsOf(groups);
  return groups.map((group) => {
    const { name, seeds, mIoU, perClass, isTrial } = group;
    const point = points.find(({ label }) => label === name);
    const classes = [...new Set(perClass.flatMap((scores) => Object.keys(scores)))];
    const paper = published.find(({ run }) => run === name);
    return {
      name,
      scores: mIoU.map(percent),
      mIoU: spreadIn(mIoU.map(percent)),
      published: paper ? { mIoU: paper.mIoU, source: `${paper.label}: ${paper.source}` } : null,
      speed: point
        ? { family: point.family, patch: point.patch, perSecond: point.imagesPerSecond }
        : null,
      classes: classes.map((name) => ({
        name,
        iou: spreadIn(perClass.flatMap((scores) => scores[name] ?? []).map(percent)),
      })),
      curves: isTrial ? [] : seeds.map(({ summary, metrics }) => ({
        seed: summary.seed,
        points: thinned(metrics.flatMap((line) => {
          const loss = line["train/loss"];
          return loss === undefined ? [] : [[line.step, loss] as const];
        })),
      })),
    };
  });
}

function percent(share: number): number {
  return Math.round(1e4 * share) / 100;
}

function spreadIn(values: readonly number[]): SpreadData | null {
  if (values.length === 0) return null;
  const { mean, deviation } = spreadOf(values);
  return { mean, deviation };
}

const MOST_POINTS = 60;

/** At most 60 points of a curve, each the mean of as many neighbours: a page shows no more. */
function thinned(points: readonly (readonly [number, number])[]): [number, number][] {
  const size = Math.ceil(points.length / MOST_POINTS);
  return Array.from({ length: Math.ceil(points.length / size || 0) }, (_, i) => {
    const near = points.slice(i * size, (i + 1) * size);
    const loss = near.reduce((sum, [, value]) => sum + value, 0) / near.length;
    return [near.at(-1)![0], Math.round(1e4 * loss) / 1e4];
  });
}

/** The photos that were drawn with the first seed of each group, as small pictures in `into`. */
async function overlayData(
  groups: readonly RunGroup[],
  into: string,
  base: string,
): Promise<OverlayData[]> {
  const photos = new Map<string, OverlayData>();
  for (const { name: run, seeds } of groups.filter(({ isTrial }) => !isTrial)) {
    const { folder } = seeds[0]!;
    const drawn = await readDrawn(folder);
    for (const name of await drawnNames(folder)) {
      const picture = async (file: string, to: string) => {
        await reducedPicture(imagePath(folder, file), join(into, "pictures", to));
        return `${base}/pictures/${to}`;
      };
      const photo = photos.get(name) ??
        { name, truth: await picture(name + TRUTH, `${name}_truth.webp`), predictions: [] };
      const mIoU = drawn?.find((image) => image.name === name)?.mIoU ?? null;
      const prediction = {
        run,
        picture: await picture(`${name}.jpg`, `${name}_${run}.webp`),
        mIoU: mIoU === null ? null : Math.round(1000 * mIoU) / 10,
      };
      photos.set(name, { ...photo, predictions: [...photo.predictions, prediction] });
    }
  }
  return [...photos.values()];
}

/** The classes' names and colours in the pictures. */
async function overlayKey(groups: readonly RunGroup[]): Promise<PageData["key"]> {
  const { folder } = groups[0]!.seeds[0]!;
  return existsSync(imagePath(folder, "classes.json")) ? await readDrawnClasses(folder) : [];
}
