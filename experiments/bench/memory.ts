import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeAtomically } from "../../lib/files.ts";
import { describeEnvironment } from "../../lib/runs/environment.ts";
import { type MemoryCurve, memoryOverImages, type MemorySample } from "../../lib/report/figures.ts";
import { writeEnvironment } from "../../lib/runs/run_files.ts";
import type { Row } from "../../lib/report/table.ts";

import { memoryCases } from "./memory_cases.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Evaluates so many images by windows and so many whole, each in a process of its own, and writes
 * memory.json, memory.svg, memory.png and environment.json into a folder. Gives the rows of a table.
 */
export async function measureMemory(
  folder: string,
  images: number,
  threads: number,
): Promise<Row[]> {
  const started = new Date();
  const curves: MemoryCurve[] = [];
  for (const [name, { label }] of Object.entries(memoryCases)) {
    curves.push({ label, samples: await watched(name, images, threads) });
  }
  const rows = curves.map(memoryRow);
  await writeAtomically(
    join(folder, "memory.json"),
    JSON.stringify({ images, curves: curves.map(withGrowth) }, null, 2) + "\n",
  );
  await memoryOverImages(curves).save(join(folder, "memory"));
  const seconds = (Date.now() - started.getTime()) / 1000;
  const course = { threads, started, seconds, speeds: {} };
  await writeEnvironment(folder, await describeEnvironment(repository, course));
  return rows;
}

async function watched(name: string, images: number, threads: number): Promise<MemorySample[]> {
  const worker = fileURLToPath(new URL("./memory_worker.ts", import.meta.url));
  const args = ["run", "-A", "--no-check", worker, name, `${images}`, `${threads}`];
  const { stdout } = await promisify(execFile)(Deno.execPath(), args);
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

const withGrowth = (curve: MemoryCurve) => ({ ...curve, growth: growth(curve.samples) });

/** What a table says of a curve, in MiB. */
export function memoryRow({ label, samples }: MemoryCurve): Row {
  const at = (images: number) => samples.find((sample) => sample.images === images)?.mebibytes;
  const shown = [10, 20, 50, 100, 200, 500, 1000].map((n) => [`${n} images`, at(n) ?? null]);
  return {
    evaluation: label,
    ...Object.fromEntries(shown),
    "MiB for 100 more images": growth(samples)?.toFixed(1) ?? null,
  };
}

/** The first images fill caches and pools. */
const SETTLED = 100;

/** MiB that 100 more images take, by a straight line through the samples from image 100 on. */
export function growth(samples: readonly MemorySample[]): number | null {
  const settled = samples.filter(({ images }) => images >= SETTLED);
  if (settled.length < 2) return null;
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const x = mean(settled.map(({ images }) => images));
  const y = mean(settled.map(({ mebibytes }) => mebibytes));
  const products = settled.map(({ images, mebibytes }) => (images - x) * (mebibytes - y));
  const squares = settled.map(({ images }) => (images - x) ** 2);
  return 100 * mean(products) / mean(squares);
}
