import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeAtomically } from "../../lib/files.ts";

/** Runs a Jupyter command; its exit code is -1 where there is no Jupyter at all. */
export async function jupyter(
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args">,
): Promise<{ readonly code: number; readonly stderr: string }> {
  try {
    const child = new Deno.Command("jupyter", { ...options, args: [...args] }).spawn();
    const stderr = options.stderr === "piped" ? await new Response(child.stderr).text() : "";
    return { code: (await child.status).code, stderr };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { code: -1, stderr: "" };
    throw error;
  }
}

/** The first of some Jupyter commands that is installed; without any, an error says what to do. */
export async function requireJupyter(
  what: string,
  commands: readonly string[],
  debianPackage: string,
): Promise<string> {
  for (const command of commands) {
    const quiet = { stdout: "null", stderr: "null" } as const;
    if ((await jupyter([command, "--version"], quiet)).code === 0) return command;
  }
  const needed = commands.map((command) => `\`jupyter ${command}\``).join(" or ");
  throw new Error(
    `Cannot ${what}: ${needed} needed, got none on the PATH; install it by \`apt-get install ` +
      `--no-install-recommends ${debianPackage}\` or \`pip install jupyterlab\``,
  );
}

/**
 * Makes `folder` a Jupyter data folder whose kernel `deno` is the Deno that runs this process: it
 * needs no installation and hides another Deno's kernel.
 */
export async function installKernel(folder: string): Promise<void> {
  const kernel = join(folder, "kernels", "deno");
  const argv = [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"];
  await mkdir(kernel, { recursive: true });
  await writeFile(
    join(kernel, "kernel.json"),
    JSON.stringify({ argv, display_name: "Deno", language: "typescript" }),
  );
}

/**
 * Executes a notebook with the kernel of `installKernel(folder)` and writes it, with its outputs, into
 * that folder. Gives null, or what Jupyter said when a cell failed.
 */
export async function executeNotebook(path: string, folder: string): Promise<string | null> {
  const args = [
    "nbconvert",
    "--to=notebook",
    "--execute",
    "--ExecutePreprocessor.kernel_name=deno",
    "--ExecutePreprocessor.record_timing=False",
    "--ExecutePreprocessor.timeout=900",
    `--output-dir=${folder}`,
    basename(path),
  ];
  const env = { JUPYTER_PATH: folder, NO_COLOR: "1" };
  const io = { stdout: "null", stderr: "piped" } as const;
  const { code, stderr } = await jupyter(args, { ...io, env, cwd: dirname(path) });
  const python = stderr.indexOf("An error occurred while executing"); // behind its own traceback
  return code === 0 ? null : stderr.slice(Math.max(0, python)).trim();
}

/** A notebook as far as its outputs matter here. */
export interface Notebook {
  readonly cells: readonly {
    readonly id: string;
    readonly source: readonly string[];
    readonly outputs?: readonly unknown[];
  }[];
}

/** Reads a notebook. */
export async function readNotebook(path: string): Promise<Notebook> {
  return JSON.parse(await readFile(path, "utf8"));
}

/** The code cells that show nothing, by id. */
export function silentCells({ cells }: Notebook): string[] {
  return cells.filter(({ outputs }) => outputs?.length === 0).map(({ id }) => id);
}

/** A notebook whose silent cells are those of another execution. */
export function fillSilentCells(notebook: Notebook, other: Notebook): Notebook {
  const cells = notebook.cells.map((cell, i) =>
    cell.outputs?.length === 0 ? other.cells[i]! : cell
  );
  return { ...notebook, cells };
}

/**
 * Writes an executed notebook without what differs from machine to machine. Cells end with a line end:
 * others count as not formatted in `deno fmt --check` (2.9), though `deno fmt` leaves them as they are.
 */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  const kernelspec = { display_name: "Deno", language: "typescript", name: "deno" };
  const language_info = { file_extension: ".ts", name: "typescript" };
  const cells = notebook.cells.map((cell) => {
    const last = cell.source.at(-1) ?? "";
    return { ...cell, source: [...cell.source.slice(0, -1), last.replace(/\n?$/, "\n")] };
  });
  const stable = { ...notebook, cells, metadata: { kernelspec, language_info } };
  await writeAtomically(path, JSON.stringify(stable, null, 1) + "\n");
}
