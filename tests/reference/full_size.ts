/**
 * Full-size networks with random weights against PyTorch: SegFormer as transformers has it, Segmenter
 * with a linear decoder (a ViT and one layer) in plain torch. Prints the largest difference of the
 * logits and the time of each, medians of interleaved runs.
 *
 *     deno run -A tests/reference/full_size.ts PYTHON [THREADS] [VARIANT…]
 *
 * PYTHON has torch, safetensors and transformers.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { consoleTable, type Row } from "../../lib/report/table.ts";
import type { Case } from "../../experiments/bench/cases.ts";
import { type Contender, seglab, torch } from "../../experiments/bench/contender.ts";
import { writeWeights } from "../../experiments/bench/weights.ts";
import { median } from "../../lib/statistics.ts";

const ROUNDS = 5;
const everything = [
  ...["B0", "B1", "B2", "B3", "B4", "B5"].map((size) => `SegFormer-${size}`),
  ...["T", "S", "B", "L"].map((size) => `Seg-${size}/16`),
];

const [python, threads = "2", ...chosen] = Deno.args;
if (python === undefined) {
  throw new TypeError("Cannot compare: a Python with torch and transformers needed, got none");
}
const rows: Row[] = [];
for (const variant of chosen.length > 0 ? chosen : everything) {
  rows.push(await compared(variant, python, Number(threads)));
  console.log(consoleTable(rows.slice(-1)));
}
console.log(consoleTable(rows));

async function compared(variant: string, python: string, threads: number): Promise<Row> {
  const one: Case = {
    name: variant,
    variant,
    mode: "inference",
    side: 512,
    batch: 1,
    classes: 150,
  };
  const folder = await mkdtemp(join(tmpdir(), "seglab-full-size-"));
  const contenders: Contender[] = [];
  try {
    const weights = await writeWeights(one, folder);
    contenders.push(await seglab(one, weights.seglab, threads));
    contenders.push(await torch(python, one, weights.torch, threads, false));
    const ms: number[][] = contenders.map(() => []);
    for (const contender of contenders) await contender.run(2);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, contender] of contenders.entries()) {
        ms[i]!.push(...(await contender.run(1)).ms);
      }
    }
    const logits: Float32Array[] = [];
    for (const [i, contender] of contenders.entries()) {
      const path = join(folder, `logits${i}.safetensors`);
      await contender.save(path);
      logits.push((await readSafetensors(path)).tensors.get("logits")!.data);
    }
    const [own, theirs] = ms.map(median) as [number, number];
    const largest = logits[1]!.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const difference = logits[1]!.reduce((d, x, i) => Math.max(d, Math.abs(x - logits[0]![i]!)), 0);
    return {
      network: variant,
      "largest difference": difference.toExponential(1),
      "largest logit": largest.toPrecision(3),
      "Seglab ms": own.toFixed(0),
      "PyTorch ms": theirs.toFixed(0),
      "PyTorch/Seglab": (theirs / own).toFixed(2),
    };
  } finally {
    contenders.forEach((contender) => contender.close());
    await rm(folder, { recursive: true, force: true });
  }
}
