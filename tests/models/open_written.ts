import { join } from "node:path";
import type { NDArray } from "../../lib/array.ts";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** Opens tensors as model.safetensors in a folder of their own, beside files of these texts. */
export async function openWritten(
  tensors: ReadonlyMap<string, NDArray>,
  beside: Readonly<Record<string, string>> = {},
): Promise<OpenedModel> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "model.safetensors");
  await writeSafetensors(path, tensors);
  for (const [name, text] of Object.entries(beside)) {
    await Deno.writeTextFile(join(folder.path, name), text);
  }
  return await openModel(path);
}
