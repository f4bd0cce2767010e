import { assertRejects } from "@std/assert";
import { join } from "node:path";
import { type Experiment, finishedRuns } from "../../lib/runs/experiment.ts";

Deno.test("finishedRuns() names the file when a config is not that of a training", async () => {
  const results = await Deno.makeTempDir();
  const folder = join(results, "question", "a-s1");
  await Deno.mkdir(folder, { recursive: true });
  const config = {
    schema: 1,
    experiment: "question",
    run: "a",
    seed: 1,
    variant: "FCN",
    threads: 1,
  };
  await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify(config));
  await Deno.writeTextFile(join(folder, "summary.json"), "{}");
  const experiment = { runs: { a: {} } } as unknown as Experiment;
  await assertRejects(
    () => finishedRuns(results, "question", experiment),
    SyntaxError,
    `Cannot read ${join(folder, "config.json")}: it needs the config of a training run, got`,
  );
  await Deno.remove(results, { recursive: true });
});
