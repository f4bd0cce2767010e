import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { repository } from "../../experiments/commands/paths.ts";
import { resultsReadme } from "../../experiments/commands/results.ts";
import { withResults } from "../../lib/runs/run_tables.ts";

const results = join(repository, "results");

Deno.test("results/README.md is what `deno task results` writes", async () => {
  const committed = await readFile(join(results, "README.md"), "utf8");
  const stale = "results/README.md is stale: run `deno task results` and commit what it writes";
  assertEquals(committed, await resultsReadme(results), stale);
});

Deno.test("README.md has the table that `deno task results` writes", async () => {
  const committed = await readFile(join(repository, "README.md"), "utf8");
  const stale = "README.md is stale: run `deno task results` and commit what it writes";
  assertEquals(committed, await withResults(committed, results, "accuracy_vs_speed"), stale);
});
