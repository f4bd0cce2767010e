import type { Row } from "../../lib/report/table.ts";
import type { Case } from "./cases.ts";
import { seglab } from "./contender.ts";
import { type Entry, interleaved, type Measured, ratio } from "./interleaved.ts";
import type { Measurement, Setting } from "./measurement.ts";
import { inScratch } from "./scratch.ts";
import { writeWeights } from "./weights.ts";

const WARM_UPS = 4;

const variants = ["Seg-T-Mask/16", "SegFormer-B0"] as const;

/** What users run, from an image to its classes by tiles, beside the bare network's logits. */
export const predictions: readonly Measurement[] = variants.map((variant) => {
  const one: Case = {
    name: `prediction ${variant}, an image of 512², 150 classes`,
    variant,
    mode: "predict",
    side: 512,
    batch: 1,
    classes: 150,
  };
  return {
    name: one.name,
    async measure(setting) {
      const numbers = await measurePrediction(one, setting);
      return { numbers, row: predictionRow(one.name, numbers) };
    },
  };
});

async function measurePrediction(one: Case, { threads, rounds }: Setting) {
  return await inScratch(async (folder) => {
    const weights = await writeWeights(one, folder);
    const entry = (mode: Case["mode"]): Entry => ({
      optional: false,
      start: () => seglab({ ...one, mode }, weights.seglab, threads),
    });
    const entries = { prediction: entry("predict"), network: entry("inference") };
    return await interleaved(entries, WARM_UPS, rounds);
  });
}

/** The network writes logits of full size, which no prediction holds in memory. */
export function predictionRow(
  name: string,
  { prediction, network }: Readonly<Record<string, Measured>>,
): Row {
  return {
    case: name,
    "images/s": (1000 / prediction!.ms).toFixed(1),
    "prediction ms": prediction!.ms.toFixed(0),
    "bare network ms": network!.ms.toFixed(0),
    "prediction/network": ratio(prediction!.ms, network!.ms),
    "prediction MiB": prediction!.peakMiB.toFixed(0),
    "bare network MiB": network!.peakMiB.toFixed(0),
  };
}
