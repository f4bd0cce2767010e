/**
 * An evaluation in a process of its own: `memory_worker.ts CASE IMAGES THREADS`. Prints the resident
 * memory after every tenth image as a line of JSON.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Dataset, Example } from "../../lib/data/dataset.ts";
import { evaluate } from "../../lib/scoring/evaluate.ts";
import { stream } from "../../lib/random.ts";
import type { MemorySample } from "../../lib/report/figures.ts";
import { madeData, panoramas } from "./made_data.ts";
import { type MemoryCase, memoryCases } from "./memory_cases.ts";

const EVERY = 10;

const [name, images, threads] = process.argv.slice(2) as [string, string, string];
const chosen = memoryCases[name]!;
const folder = await mkdtemp(join(tmpdir(), "seglab-memory-"));
try {
  const files = await madeData("camvid", folder, examplesFor(chosen));
  await evaluate(
    chosen.predictor(Number(threads)),
    listedOften(files, Number(images)),
    ({ index }) => {
      if ((index + 1) % EVERY !== 0) return;
      const mebibytes = Math.round(Deno.memoryUsage().rss / 2 ** 20);
      const sample: MemorySample = { images: index + 1, mebibytes };
      console.log(JSON.stringify(sample));
    },
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function* examplesFor({ files }: MemoryCase): AsyncGenerator<Example> {
  for (const [index, sides] of files.entries()) {
    const { image, labels } = await panoramas(sides, 1).example(0);
    yield { name: `made_${index}`, image, labels };
  }
}

/** As many examples as are asked for: those of a data set in a drawn order, under other names. */
function listedOften(dataset: Dataset, length: number): Dataset {
  const random = stream("bench/memory", 0);
  const order = Array.from({ length }, () => random.integer(0, dataset.length));
  return {
    ...dataset,
    length,
    example: async (index) => ({ ...await dataset.example(order[index]!), name: `${index}` }),
  };
}
