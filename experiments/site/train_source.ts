import { cp, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OpenedModel } from "../../lib/models/open.ts";
import type { ModelCard, TrainSource } from "./page_data.ts";

/** Writes model.safetensors and train.json into model/ of the site, which has a folder for it. */
export async function writeTrainSource(
  { opened, card }: { readonly opened: OpenedModel; readonly card: ModelCard },
  file: string,
  site: string,
): Promise<TrainSource> {
  const { architecture: { family, config }, window } = opened;
  const source = {
    card,
    bytes: (await stat(file)).size,
    window,
    smallest: family.smallestSide(config),
  };
  const folder = join(site, "model");
  await cp(file, join(folder, "model.safetensors"));
  await writeFile(join(folder, "train.json"), JSON.stringify(source, null, 1));
  return source;
}
