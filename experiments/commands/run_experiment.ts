import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { runFolder } from "../../lib/runs/run_files.ts";
import { experimentOf } from "./catalogue.ts";
import { experimentData } from "./experiment_data.ts";
import { displaying } from "./command.ts";
import { stoppable } from "./stopping.ts";
import { repository } from "./paths.ts";
import { type Experiment, finishedRuns, type RunConfig } from "../../lib/runs/experiment.ts";
import { drawFigures } from "../../lib/runs/run_figures.ts";
import { completeRun } from "../../lib/runs/complete_run.ts";
import { runsTable } from "../../lib/runs/run_tables.ts";
import { measureSpeeds } from "../../lib/runs/speeds.ts";
import { print } from "./print.ts";

/** What a command asks of an experiment; null is the experiment's own. */
export interface Request {
  readonly name: string;
  /** The folder that holds all results; null is a temporary one. */
  readonly results: string | null;
  readonly run: string | null;
  readonly seed: number | null;
  readonly threads: number | null;
  readonly data: string | null;
  readonly pretrained: string | null;
  readonly resume: boolean;
  readonly smoke: boolean;
  /** Only measures the speeds of finished runs and draws the figures. */
  readonly speeds: boolean;
}

const PICTURES = 3;

/**
 * Runs an experiment: all of its runs, then the speed of all finished ones and the figures; or one run
 * alone. Prints the table of the finished runs and where the figures are.
 */
export async function runExperiment(request: Request): Promise<void> {
  const { name, smoke } = request;
  const experiment = await experimentOf(name);
  const results = request.results ?? await mkdtemp(join(tmpdir(), "seglab-results-"));
  const chosen = request.speeds ? [] : chosenRuns(request, experiment);
  const val = await experimentData(experiment, "val", request.data, smoke);
  if (chosen.length > 0) await trainRuns(chosen, request, experiment, results, val);

  const runs = await finishedRuns(results, name, experiment);
  const whole = request.speeds || (request.run === null && request.seed === null);
  if (whole) {
    const threads = request.threads ?? experiment.base.threads;
    const often = smoke ? { images: 1, rounds: 1 } : { images: 4, rounds: 7 };
    await measureSpeeds(runs, val, { threads, ...often });
  }
  print(await runsTable(await finishedRuns(results, name, experiment), val));
  if (whole) print((await drawFigures(results, name, experiment)).join("\n"));
  else print(`With all runs done: deno task experiment ${name} --speeds`);
}

interface Chosen {
  readonly run: string;
  readonly seed: number;
}

async function trainRuns(
  chosen: readonly Chosen[],
  request: Request,
  experiment: Experiment,
  results: string,
  val: Dataset,
): Promise<void> {
  const { name, data, smoke, resume } = request;
  const train = await experimentData(experiment, "train", data, smoke);
  for (const { run, seed } of chosen) {
    const { pretrained, ...own } = experiment.runs[run]!;
    const config: RunConfig = {
      ...experiment.base,
      ...own,
      ...smoke ? experiment.smoke : {},
      ...request.threads === null ? {} : { threads: request.threads },
    };
    const id = { experiment: name, run, seed };
    await displaying((display) =>
      stoppable((stop) =>
        completeRun({
          folder: runFolder(results, id),
          name: id,
          config: { ...config, seed },
          train,
          val,
          pretrained: pretrained ? request.pretrained : null,
          resume,
          pictures: PICTURES,
          repository,
          onProgress: display.show,
          onMessage: display.say,
          stop,
        }), display.say)
    );
  }
}

/** Each chosen run with each chosen seed, all of which can run. */
function chosenRuns(
  { name, run, seed, pretrained, smoke }: Request,
  experiment: Experiment,
): Chosen[] {
  const names = Object.keys(experiment.runs);
  if (run !== null && !names.includes(run)) {
    throw new RangeError(
      `Cannot run a part of ${name}: one of ${names.join(", ")} needed, got "${run}"`,
    );
  }
  const chosen = run === null ? names : [run];
  const needy = chosen.filter((run) => experiment.runs[run]!.pretrained);
  const isMissing = pretrained === null ? !smoke : !existsSync(pretrained);
  if (needy.length > 0 && isMissing) {
    throw new RangeError(
      `Cannot begin ${needy.join(", ")}: --pretrained FILE needed, an ImageNet-trained ViT under ` +
        `timm's names (model.safetensors of ` +
        `https://huggingface.co/timm/deit_tiny_patch16_224.fb_in1k), got ` +
        (pretrained === null ? "none" : `${pretrained}, which is not there`),
    );
  }
  const seeds = seed === null ? experiment.seeds : [seed];
  return seeds.flatMap((seed) => chosen.map((run) => ({ run, seed })));
}
