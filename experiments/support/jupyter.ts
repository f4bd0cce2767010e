/** Runs `jupyter` with arguments and gives its exit code; -1 where there is no such command. */
export async function jupyter(
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args"> = {},
): Promise<{ code: number; stderr: string }> {
  try {
    const silent = { stdout: "null", stderr: "piped", ...options } as const;
    const child = new Deno.Command("jupyter", { ...silent, args: [...args] }).spawn();
    const stderr = silent.stderr === "piped" ? await new Response(child.stderr).text() : "";
    return { code: (await child.status).code, stderr };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { code: -1, stderr: "" };
    throw error;
  }
}

/** The first of some Jupyter commands (`nbconvert`, `lab` …) that this machine has. */
export async function requireJupyter(
  what: string,
  commands: readonly string[],
  debian: string,
): Promise<string> {
  for (const command of commands) {
    if ((await jupyter([command, "--version"])).code === 0) return command;
  }
  const needed = commands.map((command) => `\`jupyter ${command}\``).join(" or ");
  throw new Error(
    `Cannot ${what}: it needs ${needed}, got a machine without; install it by ` +
      `\`apt-get install ${debian}\` (Debian, Ubuntu) or \`pip install jupyterlab\``,
  );
}
