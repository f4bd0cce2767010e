import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "../images/decode.ts";
import { variantOf } from "../families/registry.ts";
import type { ClassKey } from "../images/image.ts";
import { comparison, type Panel } from "../report/comparison.ts";
import { accuracyVsSpeed, perClassIou, trainingCurves } from "../report/figures.ts";
import { type Experiment, type FigureName, type FinishedRun, finishedRuns } from "./experiment.ts";
import {
  type DrawnClass,
  type DrawnImage,
  imagePath,
  readDrawn,
  readDrawnClasses,
} from "./pictures.ts";

/** Draws one figure of finished runs to a path without extension; gives the file's name. */
type Draw = (runs: readonly FinishedRun[], path: string) => Promise<string>;

const draws: Readonly<Record<FigureName, Draw>> = {
  accuracy_vs_speed: async (runs, path) => {
    await accuracyVsSpeed(pointsOf(runs)).save(path);
    return `${path}.svg`;
  },
  per_class_iou: async (runs, path) => {
    const scores = runs.map(({ label, summary: { perClass } }) => ({ label, perClass }));
    await perClassIou(scores).save(path);
    return `${path}.svg`;
  },
  training_curves: async (runs, path) => {
    await trainingCurves(runs.map(({ label, metrics }) => ({ label, lines: metrics }))).save(path);
    return `${path}.svg`;
  },
  overlays: drawOverlays,
};

/**
 * Draws an experiment's figures into its results folder, from the JSON and the pictures of its
 * finished runs alone; gives the paths. Nothing is drawn where no run is finished.
 */
export async function drawFigures(
  results: string,
  name: string,
  experiment: Experiment,
): Promise<string[]> {
  const runs = await finishedRuns(results, name, experiment);
  const paths: string[] = [];
  for (const figure of runs.length === 0 ? [] : experiment.figures) {
    paths.push(await draws[figure](runs, join(results, name, figure)));
  }
  return paths;
}

/**
 * A row for each picture that all runs have drawn: the ground truth, then each run's prediction with
 * its mIoU on this image.
 */
export async function drawOverlays(
  runs: readonly Pick<FinishedRun, "label" | "folder">[],
  path: string,
): Promise<string> {
  const { folder } = runs[0]!;
  const suffix = "_truth.jpg";
  const names = (await readdir(imagePath(folder, ""))).filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length)).sort()
    .filter((name) => runs.every(({ folder }) => existsSync(imagePath(folder, `${name}.jpg`))));
  const panel = async (title: string, path: string): Promise<Panel> => {
    return { title, image: await decodeImage(path) };
  };
  const shown = await Promise.all(runs.map(({ folder }) => readDrawn(folder)));
  const rows = await Promise.all(names.map((name) =>
    Promise.all([
      panel(`${name}, ground truth`, imagePath(folder, name + suffix)),
      ...runs.map(({ label, folder }, run) => {
        const mIoU = shown[run]?.find((image) => image.name === name)?.mIoU ?? null;
        const score = mIoU === null ? "" : `, mIoU ${(100 * mIoU).toFixed(1)} %`;
        return panel(label + score, imagePath(folder, `${name}.jpg`));
      }),
    ])
  ));
  const key = keyOf(await readDrawnClasses(folder), shown, names);
  await (await comparison(rows, key)).save(`${path}.jpg`);
  return `${path}.jpg`;
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
export function pointsOf(runs: readonly FinishedRun[]) {
  const pretrained = runs.some(({ config }) => config.pretrained !== null);
  return runs.flatMap(({ label, config, summary, environment }) => {
    const imagesPerSecond = environment.speeds["inference"];
    if (imagesPerSecond === undefined) return [];
    const network = config.variant.split("/")[0]!;
    const random = pretrained && config.pretrained === null;
    return {
      label,
      family: random ? `${network} from random weights` : network,
      patch: variantOf(config.variant).patch,
      imagesPerSecond,
      mIoU: summary.final!.mIoU,
    };
  });
}
