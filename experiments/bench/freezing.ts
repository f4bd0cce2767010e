import type { Row } from "../../lib/report/table.ts";
import type { Case } from "./cases.ts";
import { seglab } from "./contender.ts";
import { type Entry, interleaved, type Measured, ratio } from "./interleaved.ts";
import type { Measurement, Setting } from "./measurement.ts";
import { inScratch } from "./scratch.ts";
import { writeWeights } from "./weights.ts";

const WARM_UPS = 2;

const variants = ["Seg-T/16", "Seg-T-Mask/16", "Seg-S/16"] as const;

/** A training step with a frozen encoder, beside one in which all learns. */
export const freezing: readonly Measurement[] = variants.map((variant) => {
  const one: Case = {
    name: `frozen encoder, training step ${variant}, 240², batch 8, 11 classes`,
    variant,
    mode: "train",
    side: 240,
    batch: 8,
    classes: 11,
  };
  return {
    name: one.name,
    async measure(setting) {
      const numbers = await measureFreezing(one, setting);
      return { numbers, row: freezingRow(one.name, numbers) };
    },
  };
});

async function measureFreezing(one: Case, { threads, rounds }: Setting) {
  return await inScratch(async (folder) => {
    const weights = await writeWeights(one, folder);
    const entry = (frozen: boolean): Entry => ({
      optional: false,
      start: () => seglab({ ...one, frozen }, weights.seglab, threads),
    });
    return await interleaved({ whole: entry(false), frozen: entry(true) }, WARM_UPS, rounds);
  });
}

/** How much faster a step with a frozen encoder is, and what share of the memory it takes. */
export function freezingRow(
  name: string,
  { whole, frozen }: Readonly<Record<string, Measured>>,
): Row {
  return {
    case: name,
    "all learns ms": whole!.ms.toFixed(0),
    "frozen ms": frozen!.ms.toFixed(0),
    "times as fast": ratio(whole!.ms, frozen!.ms),
    "all learns MiB": whole!.peakMiB.toFixed(0),
    "frozen MiB": frozen!.peakMiB.toFixed(0),
    "share of memory": ratio(frozen!.peakMiB, whole!.peakMiB),
  };
}
