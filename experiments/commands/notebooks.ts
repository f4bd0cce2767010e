/** `deno task notebooks`: executes the notebooks on the Deno kernel. */
import type { Command } from "commander";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { repository } from "./paths.ts";
import {
  executeNotebook,
  fillSilentCells,
  installKernel,
  type Notebook,
  readNotebook,
  requireJupyter,
  silentCells,
  writeNotebook,
} from "./jupyter.ts";
import { main, newCommand } from "./command.ts";

const folder = join(repository, "notebooks");
const ATTEMPTS = 5;

/** The command. */
export function notebooksCommand(): Command {
  return newCommand("notebooks")
    .description("Executes notebooks on the Deno kernel; fails when a cell fails.")
    .argument("[names...]", "which ones, for example 01_tour (default: all)")
    .option("--write", "keep the outputs: replaces the committed notebooks by the executed ones")
    .action(executeAll);
}

async function executeAll(names: string[], { write }: { readonly write?: true }): Promise<void> {
  const files = await filesOf(names);
  await requireJupyter("execute notebooks", ["nbconvert"], "jupyter-nbconvert");
  const temporary = await mkdtemp(join(tmpdir(), "seglab-notebooks-"));
  const failed: string[] = [];
  try {
    await installKernel(temporary);
    for (const file of files) {
      const started = performance.now();
      const error = await (write ? refresh : executeNotebook)(join(folder, file), temporary);
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(`${file}  ${seconds} s  ${error === null ? "ok" : "failed"}`);
      if (error === null) continue;
      failed.push(file);
      console.error(error);
    }
  } finally {
    await rm(temporary, { recursive: true });
  }
  if (failed.length > 0) {
    throw new Error(
      `Cannot execute ${failed.join(", ")}: cells that run through needed, got the above`,
    );
  }
}

/**
 * Executes a notebook and keeps its outputs. On a busy machine Deno's kernel (2.9) now and then sends
 * an output after it has said that the cell is done, and Jupyter drops it. Every code cell of ours
 * shows something; where one does not, another execution fills the gap.
 */
async function refresh(path: string, temporary: string): Promise<string | null> {
  let notebook: Notebook | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const error = await executeNotebook(path, temporary);
    if (error !== null) return error;
    const executed = await readNotebook(join(temporary, basename(path)));
    notebook = notebook === null ? executed : fillSilentCells(notebook, executed);
    if (silentCells(notebook).length > 0) continue;
    await writeNotebook(path, notebook);
    return null;
  }
  const silent = silentCells(notebook!).join(", ");
  return `No output of ${silent} in ${ATTEMPTS} executions: each code cell has to show something.`;
}

async function filesOf(names: readonly string[]): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ipynb")).sort();
  const wanted = names.map((name) => name.endsWith(".ipynb") ? name : `${name}.ipynb`);
  const unknown = wanted.find((file) => !files.includes(file));
  if (unknown === undefined) return files.filter((f) => wanted.length === 0 || wanted.includes(f));
  throw new RangeError(
    `Cannot execute a notebook: one of ${files.join(", ")} needed, got ${unknown}`,
  );
}

if (import.meta.main) await main(notebooksCommand());
