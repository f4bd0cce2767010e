/** Executes notebooks on the Deno kernel and fails when a cell fails. */
import { join } from "node:path";
import { Command } from "commander";
import { jupyter, requireJupyter } from "../support/jupyter.ts";
import { repository } from "../support/paths.ts";

const folder = join(repository, "notebooks");

/** A Jupyter data folder whose kernel `deno` is the Deno that runs this, whatever else is installed. */
async function kernelFolder(parent: string): Promise<string> {
  const kernel = join(parent, "kernels", "deno");
  await Deno.mkdir(kernel, { recursive: true });
  const spec = {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
  };
  await Deno.writeTextFile(join(kernel, "kernel.json"), JSON.stringify(spec));
  return parent;
}

/** The notebooks that were asked for by name or number (`01_tour`, `1`), or all of them. */
async function notebooksNamed(names: readonly string[]): Promise<string[]> {
  const all = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name))
    .filter((name) => /^\w+\.ipynb$/.test(name)).sort();
  const matches = (file: string, name: string) =>
    file === name || file === `${name}.ipynb` || file.startsWith(`${name.padStart(2, "0")}_`);
  for (const name of names) {
    if (all.some((file) => matches(file, name))) continue;
    throw new RangeError(`Cannot execute a notebook: one of ${all.join(", ")} needed, got ${name}`);
  }
  return all.filter((file) => names.length === 0 || names.some((name) => matches(file, name)));
}

/** Executes one notebook into `output`; null, or what Jupyter said when a cell failed. */
async function execute(file: string, output: string, kernels: string): Promise<string | null> {
  const { code, stderr } = await jupyter(
    [
      "nbconvert",
      "--to=notebook",
      "--execute",
      "--ExecutePreprocessor.kernel_name=deno",
      "--ExecutePreprocessor.record_timing=False",
      "--ExecutePreprocessor.timeout=900",
      `--output-dir=${output}`,
      join(folder, file),
    ],
    { env: { JUPYTER_PATH: kernels, NO_COLOR: "1" } },
  );
  return code === 0 ? null : stderr;
}

/** Replaces a committed notebook by the executed one, without what depends on the machine. */
async function refresh(file: string, output: string): Promise<void> {
  const notebook = JSON.parse(await Deno.readTextFile(join(output, file)));
  notebook.metadata = {
    kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
    language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
  };
  const path = join(folder, file);
  await Deno.writeTextFile(path, JSON.stringify(notebook, null, 1) + "\n");
  const fmt = new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path] });
  if (!(await fmt.output()).success) throw new Error(`Cannot format ${path}: see \`deno fmt\``);
}

const program = new Command("notebooks")
  .description("Executes the notebooks on the Deno kernel; fails when a cell fails.")
  .argument("[names...]", "which notebooks, for example 01_tour or 1; without any, all")
  .option("--write", "keep the outputs: refresh the committed notebooks");
program.parse(Deno.args, { from: "user" });
const { write } = program.opts<{ write?: boolean }>();

await requireJupyter("execute notebooks", ["nbconvert"], "jupyter-nbconvert");
const temporary = await Deno.makeTempDir({ prefix: "seglab-notebooks-" });
try {
  const kernels = await kernelFolder(temporary);
  let failed = 0;
  for (const file of await notebooksNamed(program.args)) {
    const started = performance.now();
    const error = await execute(file, temporary, kernels);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${file}  ${seconds} s  ${error === null ? "ok" : "FAILED"}`);
    if (error !== null) {
      console.error(error);
      failed++;
    } else if (write) await refresh(file, temporary);
  }
  if (failed > 0) Deno.exitCode = 1;
} finally {
  await Deno.remove(temporary, { recursive: true });
}
