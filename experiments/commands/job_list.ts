import { repository } from "./paths.ts";
import type { Job } from "./queue.ts";
import type { Request } from "./request.ts";
import { shellWord } from "./shell.ts";

/** The command of each job, for a shell, and the one that measures and draws when all are done. */
export interface JobCommands {
  readonly jobs: readonly string[];
  readonly last: string;
}

/** The commands of jobs with what was asked of all of them. */
export function commandsOf(jobs: readonly Job[], request: Request): JobCommands {
  const { names, data, pretrained, results, threads, smoke } = request;
  const given = { data, pretrained, results, threads };
  const options = [
    ...Object.entries(given).flatMap(([name, value]) =>
      value === null ? [] : [`--${name}`, `${value}`]
    ),
    ...smoke ? ["--smoke"] : [],
  ];
  const line = (words: readonly string[]) =>
    ["deno", "task", "experiment", ...words, ...options].map(shellWord).join(" ");
  return {
    jobs: jobs.map(({ experiment, run, seed }) =>
      line([experiment, "--run", run, "--seed", `${seed}`, "--resume"])
    ),
    last: line([...names, "--speeds"]),
  };
}

/** A script for sbatch that runs commands as the jobs of an array; each has the cores of its threads. */
export function slurmScript({ jobs, last }: JobCommands, threads: number): string {
  return [
    "#!/bin/bash",
    "#SBATCH --job-name=seglab",
    `#SBATCH --array=0-${jobs.length - 1}`,
    `#SBATCH --cpus-per-task=${threads}`,
    "#SBATCH --output=seglab-%A_%a.log",
    `# When all are done: ${last}`,
    `cd ${shellWord(repository)}`,
    'case "$SLURM_ARRAY_TASK_ID" in',
    ...jobs.map((command, i) => `  ${i}) exec ${command} ;;`),
    "esac",
    'echo "Cannot run a job: SLURM_ARRAY_TASK_ID from 0 to ' +
    `${jobs.length - 1} needed, got $SLURM_ARRAY_TASK_ID" >&2; exit 1`,
  ].join("\n");
}
