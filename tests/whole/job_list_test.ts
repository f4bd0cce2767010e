import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../data/fixtures.ts";

const script = new URL("../../experiments/commands/experiment.ts", import.meta.url).pathname;

async function run(command: string, args: readonly string[], env = {}) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env })
    .output();
  const text = new TextDecoder();
  return { code, printed: text.decode(stdout), said: text.decode(stderr) };
}

Deno.test("experiment --slurm prints a job array whose jobs are the runs that are not finished", () =>
  withFolder(async (dir) => {
    const results = join(dir, "it's here");
    const options = ["setr_auxiliary", "--smoke", "--results", results];
    const asked = (option: string) =>
      run(Deno.execPath(), ["run", "-A", "--no-check", script, ...options, option]);
    const { printed, code } = await asked("--slurm");
    assertEquals(code, 0);
    assertStringIncludes(printed, "#SBATCH --array=0-1\n#SBATCH --cpus-per-task=1\n");
    const file = join(dir, "jobs.sh");
    await writeFile(file, printed);
    await mkdir(join(dir, "bin"));
    await symlink(Deno.execPath(), join(dir, "bin", "deno"));
    const PATH = join(dir, "bin") + delimiter + Deno.env.get("PATH");
    const ran = await run("bash", [file], { PATH, SLURM_ARRAY_TASK_ID: "1" });
    assertEquals(ran.code, 0, ran.said);
    const folder = (name: string) => join(results, "setr_auxiliary", name, "summary.json");
    assertEquals([folder("with-s1"), folder("without-s1")].map(existsSync), [false, true]);
    const { printed: rest } = await asked("--list");
    assertEquals(
      rest,
      `deno task experiment setr_auxiliary --run with --seed 1 --resume --results '${
        results.replace("'", `'\\''`)
      }' --smoke\n`,
    );
    const none = await run("bash", [file], { PATH, SLURM_ARRAY_TASK_ID: "2" });
    assertEquals(none.code, 1);
    assertStringIncludes(none.said, "SLURM_ARRAY_TASK_ID from 0 to 1 needed, got 2");
  }));
