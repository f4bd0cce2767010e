/** `deno task results`: draws the figures and writes results/README.md again, from what is stored. */
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../../lib/files.ts";
import { resultsMarkdown, withResults } from "../../lib/runs/run_tables.ts";
import { experimentNames, experimentOf } from "./catalogue.ts";
import { drawFigures } from "../../lib/runs/run_figures.ts";
import { repository, userPath } from "./paths.ts";
import { main, newCommand } from "./command.ts";
import { print } from "./print.ts";

/** The command. */
export function resultsCommand(): Command {
  return newCommand("results")
    .description(
      "Draws the figures of all finished experiments and writes README.md with their tables, from " +
        "the JSON and the pictures in the results folder alone; the table on the front page too.",
    )
    .option("--results <folder>", "(default: results/)", userPath)
    .action(async ({ results = join(repository, "results") }: { readonly results?: string }) => {
      if (!existsSync(results)) {
        throw new RangeError(`Cannot draw results: a folder of them needed, got no ${results}`);
      }
      const folders = await readdir(results);
      for (const name of (await experimentNames()).filter((name) => folders.includes(name))) {
        for (const path of await drawFigures(results, name, await experimentOf(name))) {
          print(path);
        }
      }
      const readme = join(results, "README.md");
      await writeAtomically(readme, await resultsReadme(results));
      print(readme);
      if (results === join(repository, "results")) await refreshFrontPage(results);
    });
}

const HEADER = `# Results

This file is generated from the folders beside it by \`deno task results\`: do not edit it. mIoU is in
percent; images per second are those of inference on the machine that environment.json describes.`;

/** The text of results/README.md. */
export async function resultsReadme(results: string): Promise<string> {
  const names = await experimentNames();
  const all = await Promise.all(
    names.map(async (name) => [name, await experimentOf(name)] as const),
  );
  return `${HEADER}\n\n${await resultsMarkdown(results, Object.fromEntries(all))}`;
}

async function refreshFrontPage(results: string): Promise<void> {
  const page = join(repository, "README.md");
  const text = await readFile(page, "utf8");
  await writeAtomically(page, await withResults(text, results, "accuracy_vs_speed"));
  print(page);
}

if (import.meta.main) await main(resultsCommand());
