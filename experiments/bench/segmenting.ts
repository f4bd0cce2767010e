import { join } from "node:path";
import type { Row } from "../../lib/report/table.ts";
import type { Case } from "./cases.ts";
import { pipeline, segmentCommand } from "./contender.ts";
import { difference, type Entry, interleaved, type Measured, ratio } from "./interleaved.ts";
import { examplesOf, panoramas, writePicture } from "./made_data.ts";
import type { Measurement, Setting } from "./measurement.ts";
import { inScratch } from "./scratch.ts";
import { writeWeights } from "./weights.ts";

const PHOTOS = 20;
const SIDES = { width: 640, height: 480 };
/** Each is all photos. */
const WARM_UPS = 1;

/** Classes that photos have of the network's 150. */
const LIKELY = 12;

const network: Case = {
  name: `segment ${PHOTOS} photos of ${SIDES.width}×${SIDES.height}, SegFormer-B0, 150 classes`,
  variant: "SegFormer-B0",
  mode: "inference",
  side: 512,
  batch: 1,
  classes: 150,
};

/** `segment` from files to files, beside transformers' image-segmentation pipeline. */
export const segmenting: Measurement = {
  name: network.name,
  async measure(setting) {
    const numbers = await measureSegmenting(setting);
    return { numbers, row: segmentingRow(numbers) };
  },
};

async function measureSegmenting({ threads, rounds, python }: Setting) {
  return await inScratch(async (folder) => {
    const [model, photos] = [join(folder, "model"), join(folder, "photos")];
    await writeWeights(network, model, LIKELY);
    for await (const example of examplesOf(panoramas(SIDES, PHOTOS))) {
      await writePicture(join(photos, `${example.name}.jpg`), example);
    }
    const out = join(folder, "out");
    const own: Entry = {
      optional: false,
      start: () => Promise.resolve(segmentCommand(model, photos, out, threads)),
    };
    const other: Entry = {
      optional: true,
      start: () => Promise.resolve(pipeline(python!, model, photos, threads)),
    };
    const entries = { seglab: own, ...(python ? { pipeline: other } : {}) };
    return await interleaved(entries, WARM_UPS, rounds);
  });
}

/** Milliseconds are those of a photo. */
export function segmentingRow({ seglab, pipeline }: Readonly<Record<string, Measured>>): Row {
  return {
    case: network.name,
    "photos/s": (1000 / seglab!.ms).toFixed(1),
    "Seglab ms": seglab!.ms.toFixed(0),
    "pipeline ms": pipeline ? pipeline.ms.toFixed(0) : null,
    "pipeline/Seglab": ratio(pipeline?.ms, seglab!.ms),
    "Seglab MiB": seglab!.peakMiB.toFixed(0),
    "pipeline MiB": pipeline ? pipeline.peakMiB.toFixed(0) : null,
    "difference of results": difference(seglab!, pipeline),
  };
}
