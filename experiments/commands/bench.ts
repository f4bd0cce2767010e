/** `deno task bench`: how fast Seglab is, beside PyTorch where there is one, and what memory it takes. */
import { loadavg } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { writeAtomically } from "../../lib/files.ts";
import { consoleTable, type Row } from "../../lib/report/table.ts";
import { analyses } from "../bench/analyses.ts";
import type { Measurement, Setting } from "../bench/measurement.ts";
import { freezing } from "../bench/freezing.ts";
import { measureMemory } from "../bench/memory.ts";
import { gpuNetworks, networks } from "../bench/networks.ts";
import { predictions } from "../bench/predictions.ts";
import { canImport } from "../bench/python.ts";
import { segmenting } from "../bench/segmenting.ts";
import { throughput } from "../bench/throughput.ts";
import { repository, userPath } from "./paths.ts";
import { main, newCommand, whole } from "./command.ts";
import { type DeviceOption, providerOf, withDeviceOption } from "./device_option.ts";
import { print } from "./print.ts";

/** A table each: their rows have the same columns. */
const groups: readonly (readonly Measurement[])[] = [
  networks,
  predictions,
  freezing,
  [segmenting],
  throughput,
  analyses,
];

const IMAGES = 1000;

interface Options extends DeviceOption {
  readonly rounds: number;
  readonly threads: number;
  readonly python: string;
  readonly data: string;
  readonly only: string;
  readonly json?: string;
  readonly memory?: string;
}

/** The command. */
export function benchCommand(): Command {
  const command = newCommand("bench")
    .description(
      "Measures inference and training steps, interleaved with PyTorch where found; predictions, with " +
        "the bare network; `segment`, with transformers' pipeline; where the time of an evaluation " +
        "goes; and analyses, with evaluations. On another device than the processor: inference and training " +
        "steps at a GPU's sizes, beside PyTorch on CUDA.",
    )
    .option("--rounds <n>", "interleaved rounds of each case", whole(1), 15)
    .option("--threads <n>", "threads of every contender", whole(1), 2)
    .option("--python <path>", "a Python with torch and safetensors", "python3")
    .option(
      "--data <folder>",
      "CamVid; made pictures of its size where it is not there",
      userPath,
      join(repository, "data", "camvid"),
    )
    .option("--only <text>", "only cases whose name holds this", "")
    .option("--json <file>", "also write the medians to a file", userPath)
    .option(
      "--memory <folder>",
      `instead, watch the memory of evaluating ${IMAGES} images: JSON and a figure into a folder`,
      userPath,
    );
  return withDeviceOption(command).action(bench);
}

async function bench({ memory, only, json, ...options }: Options): Promise<void> {
  if (memory !== undefined) {
    print(consoleTable(await measureMemory(memory, IMAGES, options.threads)));
    return;
  }
  const device = await providerOf(options);
  const there = device === "cpu" ? groups : [gpuNetworks];
  const chosen = there.map((group) => group.filter(({ name }) => name.includes(only)))
    .filter((group) => group.length > 0);
  if (chosen.length === 0) {
    throw new RangeError(
      `Cannot measure "${only}": a part of one of these names needed: ` +
        there.flat().map(({ name }) => name).join("; "),
    );
  }
  const setting = { ...await settingOf(options), device };
  const numbers: Record<string, unknown> = {};
  const tables: Row[][] = [];
  for (const group of chosen) {
    const rows: Row[] = [];
    for (const { name, measure } of group) {
      const outcome = await measure(setting);
      print(consoleTable([outcome.row]));
      rows.push(outcome.row);
      numbers[name] = outcome.numbers;
    }
    tables.push(rows);
  }
  print(tables.map(consoleTable).join("\n"));
  const { threads, rounds } = setting;
  if (json) {
    await writeAtomically(
      json,
      JSON.stringify({ device, threads, rounds, results: numbers }, null, 2),
    );
  }
}

async function settingOf(
  { python, data, threads, rounds }: Pick<Options, "python" | "data" | "threads" | "rounds">,
): Promise<Omit<Setting, "device">> {
  const found = await canImport(python, ["torch", "safetensors"]);
  print(
    `${threads} threads, medians of ${rounds} interleaved rounds; load ` +
      loadavg()[0]!.toFixed(2) +
      (found ? "" : "; no Python with torch found (--python), so Seglab alone"),
  );
  return { threads, rounds, camvid: data, python: found ? python : null };
}

if (import.meta.main) await main(benchCommand());
