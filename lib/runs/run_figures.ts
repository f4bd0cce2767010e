import { existsSync } from "node:fs";
import { join } from "node:path";
import { decodeImage } from "../images/decode.ts";
import { variantOf } from "../families/registry.ts";
import type { ClassKey, Image } from "../images/image.ts";
import { resizeAntialiased } from "../images/antialiased.ts";
import { bilinearPixels, sizeOfLongSide } from "../images/window.ts";
import { comparison, type Panel } from "../report/comparison.ts";
import {
  accuracyVsSpeed,
  perClassIou,
  type SpeedPoint,
  trainingCurves,
} from "../report/figures.ts";
import { type Drawing, Photograph } from "../report/picture.ts";
import { type SeedScores, seedScores } from "../report/seed_scores.ts";
import { spreadOf } from "../statistics.ts";
import { type Experiment, type FigureName, type FinishedRun, finishedRuns } from "./experiment.ts";
import {
  type DrawnClass,
  type DrawnImage,
  drawnNames,
  imagePath,
  readDrawn,
  readDrawnClasses,
  TRUTH,
} from "./pictures.ts";
import { classSpreads, groupsOf, inferenceSpeed, type RunGroup } from "./run_groups.ts";

/** Draws one figure of the finished runs of an experiment. */
type Draw = (
  groups: readonly RunGroup[],
  experiment?: Pick<Experiment, "published">,
) => Drawing | Photograph | Promise<Photograph>;

/** The figures of an experiment's finished runs, by the names of their files; no run is an error. */
export const figures = {
  scores: (groups, { published = [] } = {}) =>
    seedScores(groups.map(({ name, mIoU }): SeedScores => {
      const paper = published.find(({ run }) => run === name);
      return { label: name, mIoU, ...paper && { published: paper.mIoU / 100 } };
    })),
  accuracy_vs_speed: (groups) => accuracyVsSpeed(pointsOf(groups)),
  per_class_iou: (groups) =>
    perClassIou(groups.map((group) => ({ label: group.name, ...classSpreads(group) }))),
  training_curves: (groups) =>
    trainingCurves(
      groups.filter(({ isTrial }) => !isTrial).flatMap(({ name, seeds }) =>
        seeds.map(({ metrics }) => ({ label: name, lines: metrics }))
      ),
    ),
  overlays: (groups) => overlaysOf(groups),
} as const satisfies Record<FigureName, Draw>;

/**
 * Draws an experiment's figures into its results folder, from the JSON and the pictures of its
 * finished runs alone; gives the paths. Nothing is drawn where no run is finished.
 */
export async function drawFigures(
  results: string,
  name: string,
  experiment: Experiment,
): Promise<string[]> {
  const groups = groupsOf(await finishedRuns(results, name, experiment), experiment);
  const paths: string[] = [];
  for (const figure of groups.length === 0 ? [] : experiment.figures) {
    const path = join(results, name, figure);
    const drawn = await (figures[figure] as Draw)(groups, experiment);
    await drawn.save(drawn instanceof Photograph ? `${path}.jpg` : path);
    paths.push(`${path}.${drawn instanceof Photograph ? "jpg" : "svg"}`);
  }
  return paths;
}

/** The pictures that all runs' first seeds have drawn, at a scale of their size: a row a picture. */
export function overlaysOf(groups: readonly RunGroup[], scale = 1): Promise<Photograph> {
  const runs = groups.filter(({ isTrial }) => !isTrial).map(({ name, seeds }) => {
    return { label: name, folder: seeds[0]!.folder };
  });
  return compared(runs, scale);
}

/** Saves the overlays of runs as `<path>.jpg`; gives the file's name. */
export async function drawOverlays(
  runs: readonly Pick<FinishedRun, "label" | "folder">[],
  path: string,
): Promise<string> {
  await (await compared(runs)).save(`${path}.jpg`);
  return `${path}.jpg`;
}

/**
 * A row for each picture that all runs have drawn: the ground truth, then each run's prediction with
 * its mIoU on this image.
 */
async function compared(
  runs: readonly Pick<FinishedRun, "label" | "folder">[],
  scale = 1,
): Promise<Photograph> {
  if (runs.length === 0) {
    throw new RangeError("Cannot draw overlays: it needs at least one finished run, got none");
  }
  const { folder } = runs[0]!;
  const names = (await drawnNames(folder))
    .filter((name) => runs.every(({ folder }) => existsSync(imagePath(folder, `${name}.jpg`))));
  const panel = async (title: string, path: string): Promise<Panel> => {
    return { title, image: scaled(reduced(await decodeImage(path)), scale) };
  };
  const shown = await Promise.all(runs.map(({ folder }) => readDrawn(folder)));
  const rows = await Promise.all(names.map((name) =>
    Promise.all([
      panel(`${name}, ground truth`, imagePath(folder, name + TRUTH)),
      ...runs.map(({ label, folder }, run) => {
        const mIoU = shown[run]?.find((image) => image.name === name)?.mIoU ?? null;
        const score = mIoU === null ? "" : `, mIoU ${(100 * mIoU).toFixed(1)} %`;
        return panel(label + score, imagePath(folder, `${name}.jpg`));
      }),
    ])
  ));
  const key = keyOf(await readDrawnClasses(folder), shown, names);
  return await comparison(rows, key);
}

/** Panels of large photos are reduced: dozens of them stand in one picture. */
const LONGEST_PANEL = 1280;

function reduced(image: Image): Image {
  const size = [image.height, image.width] as const;
  if (Math.max(...size) <= LONGEST_PANEL) return image;
  return resizeAntialiased(image, ...sizeOfLongSide(size, LONGEST_PANEL));
}

function scaled(image: Image, scale: number): Image {
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  if (scale === 1) return image;
  const whole = { scaledWidth: width, scaledHeight: height, left: 0, top: 0, flip: false };
  return bilinearPixels(image, { ...whole, width, height });
}

/** The classes that occur in the images; all where a run of an earlier version does not tell. */
function keyOf(
  classes: readonly DrawnClass[],
  shown: readonly (readonly DrawnImage[] | null)[],
  names: readonly string[],
): ClassKey {
  const all = shown.includes(null);
  const images = shown.flatMap((images) => images ?? []).filter(({ name }) => names.includes(name));
  const occurring = new Set(images.flatMap((image) => image.classes));
  const named = classes.filter((_, index) => all || occurring.has(index));
  return { classes: named.map(({ name }) => name), palette: named.map(({ colour }) => colour) };
}

/**
 * The runs whose speed was measured, as points of the figure accuracy against speed. Networks that
 * differ in the patch alone make one line; where some began from pretrained weights, those that did
 * not make another.
 */
export function pointsOf(groups: readonly RunGroup[]): SpeedPoint[] {
  const runs = groups.filter(({ isTrial }) => !isTrial);
  const isPretrained = ({ seeds }: RunGroup) => seeds[0]!.config.pretrained !== null;
  const pretrained = runs.some(isPretrained);
  return runs.flatMap((group) => {
    const { name, seeds, mIoU } = group;
    const imagesPerSecond = inferenceSpeed(seeds);
    if (imagesPerSecond === null) return [];
    const { variant } = seeds[0]!.config;
    const network = variant.split("/")[0]!;
    const random = pretrained && !isPretrained(group);
    const { mean, deviation } = spreadOf(mIoU);
    return {
      label: name,
      family: random ? `${network} from random weights` : network,
      patch: variantOf(variant).patch,
      imagesPerSecond,
      mIoU: mean,
      deviation,
    };
  });
}
