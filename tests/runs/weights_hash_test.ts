import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertRejects } from "@std/assert";
import { evaluateCommand } from "../../experiments/commands/evaluate.ts";
import { sha256 } from "../../lib/models/model_file.ts";
import { weightsHash } from "../../lib/runs/weights_hash.ts";
import { withFolder } from "../data/fixtures.ts";

Deno.test("weightsHash() refuses a run's weights that are not those of its summary", () =>
  withFolder(async (dir) => {
    const file = join(dir, "model.safetensors");
    await writeFile(file, "weights");
    const hash = await sha256(file);
    assertEquals(await weightsHash(file), hash);
    await writeFile(join(dir, "summary.json"), JSON.stringify({ weights: hash }));
    assertEquals(await weightsHash(file), hash);
    assertEquals(await weightsHash(dir), null);

    await writeFile(file, "Weights");
    const evaluating = () =>
      evaluateCommand().parseAsync([dir, "--data", "scenes"], { from: "user" });
    for (const use of [() => weightsHash(file), evaluating]) {
      const error = await assertRejects(use, RangeError);
      const expected = `Cannot use ${file}: the weights that training wrote needed, with the ` +
        `SHA-256 ${hash} of its summary.json, got ${await sha256(file)}; the file was damaged`;
      assertEquals(error.message.slice(0, expected.length), expected);
    }
    await writeFile(join(dir, "summary.json"), "of another program");
    assertEquals(await weightsHash(file), await sha256(file));
  }));
