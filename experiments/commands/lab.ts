/** `deno task lab`: opens the notebooks in JupyterLab, or else in the classic Jupyter Notebook. */
import type { Command } from "commander";
import { join } from "node:path";
import { jupyter, requireJupyter } from "./jupyter.ts";
import { repository } from "./paths.ts";
import { main, newCommand } from "./command.ts";

/** The command. */
export function labCommand(): Command {
  return newCommand("lab")
    .description("Installs the Deno kernel for this user and opens the notebooks in JupyterLab.")
    .argument("[arguments...]", "for Jupyter, behind --, for example -- --port 8899 --no-browser")
    .action(openLab);
}

async function openLab(args: readonly string[]): Promise<void> {
  const command = await requireJupyter(
    "open the notebooks",
    ["lab", "notebook"],
    "jupyter-notebook",
  );
  const install = ["jupyter", "--install", "--force"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: install }).output();
  if (!success) {
    throw new Error(
      `Cannot install the Deno kernel: a working \`deno jupyter --install\` needed, got ` +
        new TextDecoder().decode(stderr),
    );
  }
  const cwd = join(repository, "notebooks");
  const io = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
  Deno.exitCode = (await jupyter([command, ...args], { ...io, cwd })).code;
}

if (import.meta.main) await main(labCommand());
