import { assertRejects } from "@std/assert";
import { join } from "node:path";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { readModel } from "../../lib/models/model_file.ts";
import { openModel } from "../../lib/models/open.ts";
import { temporaryFolder } from "./temporary_folder.ts";

Deno.test("readModel() and openModel() name the file when its description is no JSON or of another form", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "model.safetensors");
  for (const [seglab, got] of [["{\x1b", "Expected property name"], ["{}", "\n?✖ Invalid input"]]) {
    const tensors = new Map([["w", { shape: [1], data: Float32Array.of(1) }]]);
    await writeSafetensors(path, tensors, { metadata: { seglab: seglab! } });
    for (const [read, cannot] of [[readModel, "read a model from"], [openModel, "open"]] as const) {
      const error = await assertRejects(
        () => read(path),
        TypeError,
        `Cannot ${cannot} ${path}: a descr`,
      );
      const says = new RegExp(`a description of this version needed, got ${got}`);
      if (!says.test(error.message) || error.message.includes("\x1b")) throw error;
    }
  }
});
