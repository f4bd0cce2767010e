/** `deno task start`: the whole line of work in minutes, without a download. */
import type { Command } from "commander";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "./paths.ts";
import { runExperiments } from "./run_experiment.ts";
import { main, newCommand } from "./command.ts";

/** The command. */
export function startCommand(): Command {
  return newCommand("start")
    .description(
      "Trains Segmenter variants on scenes, evaluates them, and draws accuracy against speed and " +
        "predictions into runs/start.",
    )
    .option("--smoke", "every part in seconds, into a temporary folder")
    .action(async ({ smoke = false }: { readonly smoke?: boolean }) => {
      const runs = join(repository, "runs");
      if (!smoke) await rm(join(runs, "start"), { recursive: true, force: true });
      await runExperiments({
        names: ["start"],
        results: smoke ? null : runs,
        run: null,
        seed: null,
        threads: null,
        data: null,
        pretrained: null,
        resume: false,
        smoke,
        speeds: false,
      });
    });
}

if (import.meta.main) await main(startCommand());
