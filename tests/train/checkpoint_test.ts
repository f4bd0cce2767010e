import { assertEquals, assertRejects } from "@std/assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCheckpoint, writeCheckpoint } from "../../lib/train/checkpoint.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "seglab-test-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const RUN = JSON.stringify({ config: { lr: 1 } });

const values = new Map([
  ["w", { shape: [2, 2], data: Float32Array.of(1, -2.5, 3e-30, 0.1) }],
  ["exp_avg/w", { shape: [2, 2], data: Float32Array.of(0, 1e-20, -1, 7) }],
]);

Deno.test("readCheckpoint() gives back every bit when the run is the same", () =>
  inFolder(async (folder) => {
    const path = join(folder, "checkpoint.safetensors");
    assertEquals(await readCheckpoint(path, [RUN]), null);
    await writeCheckpoint(path, RUN, { steps: 12, values });
    const read = await readCheckpoint(path, [RUN]);
    assertEquals(read!.steps, 12);
    assertEquals(new Map(read!.values), values);
  }));

Deno.test("readCheckpoint() is a TypeError when the run is another", () =>
  inFolder(async (folder) => {
    const path = join(folder, "checkpoint.safetensors");
    await writeCheckpoint(path, '{"lr":1}', { steps: 12, values });
    await assertRejects(() => readCheckpoint(path, ['{"lr":2}']), TypeError, '{"lr":1}');
  }));

Deno.test("readCheckpoint() is a TypeError when what it says of the run is no JSON", () =>
  inFolder(async (folder) => {
    const path = join(folder, "checkpoint.safetensors");
    await writeCheckpoint(path, "{\x1b", { steps: 12, values });
    await assertRejects(
      () => readCheckpoint(path, [RUN]),
      TypeError,
      `Cannot resume from ${path}: a checkpoint of this very config needed, got {\\x1b instead of`,
    );
  }));

Deno.test("readCheckpoint() is an error that names the file when it is cut off", () =>
  inFolder(async (folder) => {
    const path = join(folder, "checkpoint.safetensors");
    await writeCheckpoint(path, RUN, { steps: 12, values });
    const bytes = await Deno.readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 5));
    await assertRejects(() => readCheckpoint(path, [RUN]), Error, path);
  }));
