import { existsSync } from "node:fs";
import { attentionDistance } from "../../lib/analysis/attention_distance.ts";
import { attentionMaps } from "../../lib/analysis/attention_maps.ts";
import { featureSimilarity } from "../../lib/analysis/feature_similarity.ts";
import { modelDifference } from "../../lib/analysis/model_difference.ts";
import { Probe } from "../../lib/analysis/probe.ts";
import { receptiveFields } from "../../lib/analysis/receptive_field.ts";
import { uncertainty } from "../../lib/analysis/uncertainty.ts";
import { type LookOptions, type Picture, viewsOf } from "../../lib/analysis/views.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { shownImage } from "../../lib/images/shown_bands.ts";
import { untrainedModel } from "../../lib/models/untrained.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { evaluateModel } from "../../lib/runs/evaluate_model.ts";
import { camvid } from "../../lib/sets/camvid.ts";
import { median } from "../../lib/statistics.ts";
import { ratio } from "./interleaved.ts";
import { examplesOf, madeData, panoramas } from "./made_data.ts";
import type { Measurement, Setting } from "./measurement.ts";
import { inScratch } from "./scratch.ts";

const IMAGES = 100;
const WINDOW = 240;

/** What an analysis does with pictures; `labelled` are the same ones. */
type Analysis = (
  model: OpenedModel,
  pictures: readonly Picture[],
  options: LookOptions,
  labelled: Dataset,
) => Promise<unknown>;

const looks: Readonly<Record<string, Analysis>> = {
  "attention maps": attentionMaps,
  "attention distance": attentionDistance,
  "feature similarity": featureSimilarity,
  uncertainty,
  difference: (model, _, { threads }, labelled) =>
    modelDifference(model, null, labelled, { threads: threads! }),
  "receptive fields": (model, pictures, options) => receptiveFields({ model }, pictures, options),
};

/** Analyses of many pictures, each beside the evaluation of the same network on the same pictures. */
const ofPictures: readonly Measurement[] = Object.entries(looks).map(([what, analyse]) => {
  const name = `analysis ${what}, ${IMAGES} images of CamVid, Seg-T-Mask/16`;
  return {
    name,
    async measure(setting) {
      return await inScratch(async (folder) => {
        const numbers = await besideEvaluation(analyse, folder, setting);
        return { numbers, row: analysisRow(name, numbers) };
      });
    },
  };
});

/** Seconds of an analysis from files to its finding, and of two evaluations around it. */
async function besideEvaluation(
  analyse: Analysis,
  folder: string,
  { threads, camvid: root }: Setting,
) {
  const opened = existsSync(root)
    ? await camvid(root, "val")
    : await madeData("camvid", folder, examplesOf(panoramas({ width: 480, height: 360 }, IMAGES)));
  const dataset: Dataset = { ...opened, length: Math.min(IMAGES, opened.length) };
  const pictures = opened.source.pairs.slice(0, dataset.length).map(({ image }) => image);
  const model = untrainedModel("Seg-T-Mask/16", opened, { window: WINDOW });
  const evaluation = () => seconds(() => evaluateModel(model, dataset, { threads }));
  await evaluateModel(model, { ...dataset, length: 2 }, { threads }); // the session is made
  const before = await evaluation();
  const analysis = await seconds(() => analyse(model, pictures, { threads }, dataset));
  return { analysis, compared: (before + await evaluation()) / 2 };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const SIDE = 512;
const FIELD = `analysis receptive field of Seg-S/16 at ${SIDE}², beside its forward pass`;

/** The default receptive fields of a picture, beside the class scores of the same picture. */
const receptiveField: Measurement = {
  name: FIELD,
  async measure({ threads, rounds }) {
    const { classes, palette, example } = panoramas({ width: SIDE, height: SIDE }, 1);
    const model = untrainedModel("Seg-S/16", { classes, palette }, { window: SIDE });
    const image = shownImage((await example(0)).image);
    const pictures = Array.from({ length: rounds + 1 }, () => image);
    const forward = await forwardSeconds(model, pictures, threads);
    const analysis = await fieldSeconds(model, pictures, threads);
    const numbers = {
      analysis: median(analysis),
      compared: median([...forward, ...await forwardSeconds(model, pictures, threads)]),
    };
    return { numbers, row: analysisRow(FIELD, numbers) };
  },
};

/** Seconds of each picture but the first, for which the session is made. */
async function fieldSeconds(model: OpenedModel, pictures: readonly Picture[], threads: number) {
  const ends: number[] = [];
  await receptiveFields({ model }, pictures, {
    threads,
    onProgress: ({ done }) => void (ends[done] = performance.now()),
  });
  return ends.slice(2).map((end, i) => (end - ends[i + 1]!) / 1000);
}

async function forwardSeconds(model: OpenedModel, pictures: readonly Picture[], threads: number) {
  const probe = new Probe(
    model,
    { threads, provider: "cpu" },
    ({ scores }) => ({ scores: scores.map }),
  );
  const all: number[] = [];
  const how = { cut: "square", title: "" } as const;
  for await (const { input } of viewsOf(pictures, model, { side: SIDE }, how)) {
    all.push(await seconds(() => probe.ask(input)));
  }
  await probe.release();
  return all.slice(1);
}

/** How long an analysis takes beside what it is compared with, in seconds. */
export function analysisRow(
  name: string,
  { analysis, compared }: { readonly analysis: number; readonly compared: number },
) {
  return {
    case: name,
    "analysis s": analysis.toPrecision(3),
    "evaluation or forward pass s": compared.toPrecision(3),
    "analysis/it": ratio(analysis, compared),
  };
}

/** The analyses that see pictures. */
export const analyses: readonly Measurement[] = [receptiveField, ...ofPictures];
