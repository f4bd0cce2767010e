import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readSafetensorsMetadata } from "../../lib/checkpoints/safetensors.ts";
import { withFolder } from "../data/fixtures.ts";
import { tinyTraining, writeTinyData } from "../commands/tiny_data.ts";

const script = new URL("../../experiments/commands/train.ts", import.meta.url).pathname;

/** A training run in a process of its own, with what it has said so far on standard error. */
class Training {
  said = "";
  readonly #child: Deno.ChildProcess;
  readonly #code: Promise<number>;

  constructor(args: readonly string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, ...args],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#code = this.#listen();
  }

  get pid(): number {
    return this.#child.pid;
  }

  async #listen(): Promise<number> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stderr) this.said += decoder.decode(bytes);
    return (await this.#child.status).code;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (await Promise.race([this.#code, sleep(5)]) !== undefined) throw new Error(this.said);
    }
  }

  async ended(): Promise<{ code: number; said: string }> {
    return { code: await this.#code, said: this.said };
  }
}

Deno.test({
  name:
    "train that signals stop leaves a checkpoint, says how to go on, and ends in the same bytes",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (dir) => {
      const data = await writeTinyData(dir);
      const options = [...tinyTraining, "--data", data, "--steps", "20", "--threads", "1"];
      const args = [...options, "--checkpoint-every", "4", "--out", join(dir, "run")];
      const folder = join(dir, "run");
      const checkpoint = join(folder, "checkpoint.safetensors");

      const first = new Training(args);
      await first.until(() => existsSync(checkpoint));
      first.kill("SIGSTOP"); // a process that has the folder, and does nothing
      const second = await new Training([...args, "--resume"]).ended();
      assertEquals(second, {
        code: 1,
        said:
          `Error: Cannot train into ${folder}: a folder that no other process writes to needed, ` +
          `got one of process ${first.pid} on ${hostname()}; choose another --out\n`,
      });
      first.kill("SIGCONT");
      first.kill("SIGINT");
      const { code, said } = await first.ended();
      assertEquals(code, 130, said);
      const { steps } = await readSafetensorsMetadata(checkpoint);
      assertStringIncludes(
        said,
        `${folder} is stopped after step ${steps} of 20, with a checkpoint`,
      );
      const again = [...args, "--resume"];
      assertStringIncludes(
        said,
        `Stopped by SIGINT; go on with \`deno task train ${again.join(" ")}\`\n`,
      );

      const third = new Training(again);
      await third.until(() => third.said.includes(`Going on with ${folder} at step ${steps}`));
      third.kill("SIGTERM");
      assertEquals((await third.ended()).code, 143, third.said);
      assertStringIncludes(third.said, "Stopped by SIGTERM; go on with");

      const files = ["model.safetensors", "metrics.jsonl", "summary.json", "config.json"];
      const contents = () => Promise.all(files.map((file) => readFile(join(folder, file))));
      const resumed = await new Training(again).ended();
      assertEquals(resumed.code, 0, resumed.said);
      assertEquals((await readdir(folder)).filter((name) => name.startsWith(".")), []);
      const parts = await contents();
      await Deno.remove(folder, { recursive: true });
      const whole = await new Training(args).ended();
      assertEquals(whole.code, 0, whole.said);
      for (const [i, bytes] of (await contents()).entries()) {
        assertEquals(bytes.equals(parts[i]!), true, `${files[i]} differs`);
      }
    }),
});

Deno.test({
  name: "train ends when its folder is removed, and makes no half of it anew",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (dir) => {
      const data = await writeTinyData(dir);
      const out = join(dir, "run");
      const options = ["--data", data, "--steps", "500", "--threads", "1", "--out", out];
      const training = new Training([...tinyTraining, ...options, "--checkpoint-every", "2"]);
      await training.until(() => existsSync(join(out, "checkpoint.safetensors")));
      training.kill("SIGSTOP");
      await Deno.remove(out, { recursive: true });
      training.kill("SIGCONT");
      const { code, said } = await training.ended();
      assertEquals(code, 1, said);
      assertStringIncludes(said, `Error: Cannot go on with the run in ${out}: its config.json`);
    }),
});
