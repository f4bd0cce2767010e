import { existsSync } from "node:fs";
import { camvid } from "../../lib/sets/camvid.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { publishedProtocol } from "../../lib/inference/chosen_protocol.ts";
import { declaredBy } from "../../lib/families/family.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { initialize } from "../../lib/nn/init.ts";
import type { Row } from "../../lib/report/table.ts";
import { normalizations } from "../../lib/families/recipe.ts";
import { type EvaluationTime, timeEvaluation } from "./evaluation_time.ts";
import { examplesOf, madeData, type MadeLayout, panoramas, type Sides } from "./made_data.ts";
import type { Measurement, Setting } from "./measurement.ts";
import { inScratch } from "./scratch.ts";

/** The lightest published Segmenter of this patch: heavier ones spend a larger share in the network. */
const VARIANT = "Seg-T-Mask/16";

/** Images before those that are timed: sessions are made, and V8 compiles what scores them. */
const WARM_UPS = 4;

/** An evaluation whose time is taken apart: made pictures of these sides, as many as `length`. */
export interface EvaluationCase extends Sides {
  readonly name: string;
  readonly data: MadeLayout;
  readonly length: number;
  readonly window: number;
  readonly stride: number;
}

const cases: readonly EvaluationCase[] = [
  {
    name: "evaluation on CamVid, 480×360, 11 classes, windows of 240",
    data: "camvid",
    width: 480,
    height: 360,
    length: 40,
    window: 240,
    stride: 240,
  },
  {
    name: "evaluation on Cityscapes' size, 2048×1024, 19 classes, windows of 768 every 512",
    data: "cityscapes",
    width: 2048,
    height: 1024,
    length: 10,
    window: 768,
    stride: 512,
  },
  {
    name: "evaluation on ADE20K's size, 683×512, 150 classes, windows of 512 every 480",
    data: "ade20k",
    width: 683,
    height: 512,
    length: 40,
    window: 512,
    stride: 480,
  },
];

/** Evaluations with Segmenter's protocol, random weights and all scores: where their time goes. */
export const throughput: readonly Measurement[] = cases.map((one) => ({
  name: one.name,
  async measure(setting) {
    return await inScratch(async (folder) => {
      const numbers = await measureEvaluation(one, folder, setting);
      return { numbers, row: throughputRow(one.name, numbers) };
    });
  },
}));

/** Evaluates a case on files below a folder, and says where the time goes. */
export async function measureEvaluation(
  one: EvaluationCase,
  folder: string,
  { threads, camvid: root }: Pick<Setting, "threads" | "camvid">,
): Promise<EvaluationTime> {
  const dataset = one.data === "camvid" && existsSync(root)
    ? await camvid(root, "val")
    : await madeData(one.data, folder, examplesOf(panoramas(one, one.length)));
  const predictor = predictorFor(one, dataset, threads);
  await timeEvaluation(predictor, { ...dataset, length: Math.min(WARM_UPS, dataset.length) });
  return await timeEvaluation(predictor, dataset);
}

function predictorFor(
  { data, window, stride }: EvaluationCase,
  { classes }: Dataset,
  threads: number,
): NetworkPredictor {
  const image = Math.ceil(window / 16) * 16;
  const use = { classes: classes.length, image, dropPath: 0, decoderDropout: 0 };
  const architecture = variantOf(VARIANT).architecture(use);
  const weights = initialize(declaredBy(architecture, image).parameters, 0);
  const { family, config } = architecture;
  return new NetworkPredictor({
    architecture,
    weights,
    normalization: normalizations.vit,
    protocol: publishedProtocol(family, data, config, { window, stride }),
    threads,
  });
}

/** An evaluation's speed and the shares of its time in percent. */
export function throughputRow(name: string, { images, ...seconds }: EvaluationTime): Row {
  const { network, upsampling, windows, decoding, scoring } = seconds;
  const total = network + upsampling + windows + decoding + scoring;
  const percent = (part: number) => `${(100 * part / total).toFixed(1)} %`;
  return {
    case: name,
    "images/s": (images / total).toPrecision(3),
    "ms an image": (1000 * total / images).toFixed(0),
    "network to full size": percent(network + upsampling),
    network: percent(network),
    upsampling: percent(upsampling),
    "cutting and copying": percent(windows),
    "waiting for decoding": percent(decoding),
    scoring: percent(scoring),
  };
}
