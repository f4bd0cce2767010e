import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { repository } from "../../experiments/support/paths.ts";
import { renderResultsReadme, withResults } from "../../lib/report/results_readme.ts";

Deno.test("results/README.md is what `deno task results` writes", async () => {
  const results = join(repository, "results");
  const committed = await readFile(join(results, "README.md"), "utf8");
  assertEquals(
    committed,
    await renderResultsReadme(results),
    "results/README.md is stale: run `deno task results` and commit what it writes",
  );
});

Deno.test("README.md holds the table that `deno task results` writes", async () => {
  const page = await readFile(join(repository, "README.md"), "utf8");
  assertEquals(
    page,
    await withResults(page, join(repository, "results"), "accuracy_vs_speed"),
    "README.md is stale: run `deno task results` and commit what it writes",
  );
});
