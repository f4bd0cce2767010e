/**
 * `deno task segment` as a process that stays: `segment_worker.ts MODEL PHOTOS OUT THREADS`. A line
 * with a number is how often to segment all photos of a folder, from files to files.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { decodeLabels } from "../../lib/images/decode.ts";
import { listPictures } from "../../lib/segment/inputs.ts";
import { segmentFiles } from "../../lib/segment/many.ts";
import { makeWritable } from "../../lib/writable_folder.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import type { Timing } from "./cases.ts";
import { peakMiB } from "./peak_memory.ts";

const [model, photos, out, threads] = process.argv.slice(2) as [string, string, string, string];
const opened = await openPictureModel(model, { threads: Number(threads) });
await makeWritable(out);
for await (const line of createInterface({ input: process.stdin })) {
  const ms: number[] = [];
  for (let i = 0; i < Number(line); i++) {
    const started = performance.now();
    const files = await listPictures([photos]);
    const { skipped } = await segmentFiles(opened, files, out);
    ms.push((performance.now() - started) / files.length);
    if (skipped.length > 0) throw new Error(`${skipped.length} photos were not segmented`);
  }
  const timing: Timing = { ms, check: await meanClass(out), peakMiB: peakMiB() };
  console.log(JSON.stringify(timing));
}

/** The mean class of all pixels, counted from 1, of the label PNGs in a folder. */
async function meanClass(folder: string): Promise<number> {
  let [sum, pixels] = [0, 0];
  for (const file of (await readdir(folder)).filter((file) => file.endsWith("_labels.png"))) {
    const { data } = await decodeLabels(join(folder, file));
    for (const label of data) sum += label + 1;
    pixels += data.length;
  }
  return sum / pixels;
}
