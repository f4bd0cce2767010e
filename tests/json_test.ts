import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { appendLine, filterLines, readJson, readLines } from "../lib/json.ts";

async function inTemporaryFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "seglab-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readJson() gives what the schema makes of a file", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "scores.json");
    await writeFile(path, '{"mIoU": null}');
    const schema = z.object({ mIoU: z.number().nullable().transform((share) => share ?? NaN) });
    assertEquals(await readJson(path, schema, { needs: "scores" }), { mIoU: NaN });
  }));

Deno.test("readJson() says what a file needs to be when it is absent, cut off or of another form", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "scores.json");
    const needed = { needs: "scores of an evaluation", advice: "evaluate first" };
    const read = () => readJson(path, z.object({ mIoU: z.number() }), needed);
    const absent = "it needs scores of an evaluation, got no such file; evaluate first";
    await assertRejects(read, RangeError, `Cannot read ${path}: ${absent}`);
    await writeFile(path, '{"mIoU":');
    await assertRejects(read, SyntaxError, `${path}: it needs to be JSON, got {"mIoU":`);
    await writeFile(path, '{"mIoU":"high"}');
    const { message } = await assertRejects(read, SyntaxError, "scores of an evaluation, got\n");
    for (const part of ["expected number", "at mIoU", "evaluate first"]) {
      assertStringIncludes(message, part);
    }
  }));

Deno.test("appendLine() and readLines() agree, and a line without an end is left out", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "run", "metrics.jsonl");
    await appendLine(path, { step: 1 });
    await appendLine(path, { step: 2 });
    await writeFile(path, '{"step":3,"lo', { flag: "a" });
    assertEquals(await readLines(path), [{ step: 1 }, { step: 2 }]);
    await filterLines(path, (line) => (line as { step: number }).step < 2);
    assertEquals(await readFile(path, "utf8"), '{"step":1}\n');
  }));

Deno.test("readLines() names the line that is not JSON", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "metrics.jsonl");
    await writeFile(path, '{"step":1}\nstep 2\n');
    await assertRejects(() => readLines(path), SyntaxError, `${path}: line 2 needs to be JSON`);
  }));

Deno.test("readJson() reads a file with a byte order mark", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "a.json");
    await writeFile(path, "\ufeff[1]");
    assertEquals(await readJson(path, z.array(z.number()), { needs: "numbers" }), [1]);
  }));
