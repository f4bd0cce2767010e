import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeAtomically } from "../../lib/files.ts";
import { resultsMarkdown } from "../../lib/runs/run_tables.ts";
import {
  runFolder,
  writeConfig,
  writeEnvironment,
  writeSummary,
} from "../../lib/runs/run_files.ts";

async function writeRun(results: string, run: string, inference: number | null): Promise<void> {
  const name = { experiment: "speed", run, seed: 0 };
  const folder = runFolder(results, name);
  const finished = inference !== null;
  await writeConfig(folder, { schema: 1, ...name, variant: "Seg-T/16", threads: 2 });
  await writeSummary(folder, {
    schema: 1,
    status: finished ? "finished" : "failed",
    ...name,
    parameters: 5_717_416,
    steps: 1350,
    best: null,
    final: finished ? { mIoU: 0.66444, pixelAccuracy: 0.9, meanAccuracy: 0.7 } : null,
    perClass: {},
    weights: null,
  });
  await writeEnvironment(folder, {
    schema: 1,
    commit: null,
    versions: {},
    machine: { cpu: "x", cores: 2, memoryGiB: 8, os: "Linux" },
    threads: 2,
    started: "2024-05-06T07:08:09.000Z",
    seconds: 600,
    speeds: finished ? { inference } : {},
  });
}

Deno.test("resultsMarkdown() gives a table of runs and the pictures, and repeats", async () => {
  const results = await Deno.makeTempDir({ prefix: "seglab-" });
  try {
    assertStringIncludes(await resultsMarkdown(results), "There are none yet.");
    await writeRun(results, "mask-8", null);
    await writeRun(results, "linear-16", 12.3456);
    await mkdir(join(results, "speed", "not-yet-s0"));
    for (const file of ["plot.svg", "plot.png", "per_class.svg", "weights.bin"]) {
      await writeAtomically(join(results, "speed", file), "");
    }
    const text = await resultsMarkdown(results);
    assertEquals(
      text,
      `## speed

| run                                 | variant  | parameters |  mIoU | images per second | steps         |
| ----------------------------------- | -------- | ---------: | ----: | ----------------: | ------------- |
| [linear-16-s0](speed/linear-16-s0/) | Seg-T/16 |     5.72 M | 66.44 |              12.3 | 1350          |
| [mask-8-s0](speed/mask-8-s0/)       | Seg-T/16 |     5.72 M |     – |                 – | 1350 (failed) |

![per class](speed/per_class.svg)

![plot](speed/plot.png)
`,
    );
    assertEquals(await resultsMarkdown(results), text);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
