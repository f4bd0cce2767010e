/** Installs the Deno kernel and opens the notebooks in JupyterLab, or in the classic notebook. */
import { join } from "node:path";
import { jupyter, requireJupyter } from "../support/jupyter.ts";
import { repository } from "../support/paths.ts";

const command = await requireJupyter("open notebooks", ["lab", "notebook"], "jupyter-notebook");
const install = new Deno.Command(Deno.execPath(), { args: ["jupyter", "--install", "--force"] });
const { success, stderr } = await install.output();
if (!success) {
  throw new Error(
    `Cannot install the Deno kernel: \`deno jupyter --install\` needs to work, got ` +
      new TextDecoder().decode(stderr),
  );
}
const { code } = await jupyter([command, ...Deno.args], {
  cwd: join(repository, "notebooks"),
  stdin: "inherit",
  stdout: "inherit",
  stderr: "inherit",
});
Deno.exitCode = code;
