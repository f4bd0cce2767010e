import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { repository } from "../../experiments/support/paths.ts";
import { renderResultsReadme } from "../../lib/report/results_readme.ts";

Deno.test("results/README.md is what `deno task results` writes", async () => {
  const results = join(repository, "results");
  const committed = await readFile(join(results, "README.md"), "utf8");
  assertEquals(
    committed,
    await renderResultsReadme(results),
    "results/README.md is stale: run `deno task results` and commit what it writes",
  );
});
