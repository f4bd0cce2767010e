import type { Row } from "../../lib/report/table.ts";
import { type Case, cases, gpuCases } from "./cases.ts";
import { seglab, torch } from "./contender.ts";
import { difference, type Entry, interleaved, type Measured, ratio } from "./interleaved.ts";
import type { Measurement, Setting } from "./measurement.ts";
import { inScratch } from "./scratch.ts";
import { writeWeights } from "./weights.ts";

const WARM_UPS = 4;

/** Inference and training steps, beside PyTorch's. */
export const networks: readonly Measurement[] = cases.map(measurementOf);

/** The same where another device than the processor computes. */
export const gpuNetworks: readonly Measurement[] = gpuCases.map(measurementOf);

function measurementOf(one: Case): Measurement {
  return {
    name: one.name,
    async measure(setting) {
      const numbers = await measureNetwork(one, setting);
      return { numbers, row: rowOf(one, numbers) };
    },
  };
}

/** One case: every contender in a process of its own, in turn. */
async function measureNetwork(one: Case, { threads, rounds, python, device }: Setting) {
  return await inScratch(async (folder) => {
    const weights = await writeWeights(one, folder);
    const own: Entry = {
      optional: false,
      start: () => seglab(one, weights.seglab, threads, device),
    };
    const pytorch = (compile: boolean): Entry => ({
      optional: true,
      start: () => torch(python!, one, weights.torch, threads, compile, device),
    });
    const others = python && one.loss === undefined && !one.alone
      ? { eager: pytorch(false), ...device === "cpu" && { compiled: pytorch(true) } }
      : {};
    return await interleaved({ seglab: own, ...others }, WARM_UPS, rounds);
  });
}

function rowOf({ name, batch }: Case, result: Readonly<Record<string, Measured>>): Row {
  const { seglab, eager, compiled } = result;
  const ms = (measured?: Measured) => measured ? measured.ms.toFixed(0) : null;
  return {
    case: name,
    "images/s": (1000 * batch / seglab!.ms).toFixed(1),
    "Seglab ms": ms(seglab),
    "eager ms": ms(eager),
    "compiled ms": ms(compiled),
    "eager/Seglab": ratio(eager?.ms, seglab!.ms),
    "compiled/Seglab": ratio(compiled?.ms, seglab!.ms),
    "Seglab MiB": seglab!.peakMiB.toFixed(0),
    "eager MiB": eager ? eager.peakMiB.toFixed(0) : null,
    "memory Seglab/eager": ratio(seglab!.peakMiB, eager?.peakMiB),
    "difference of results": difference(seglab!, eager),
  };
}
