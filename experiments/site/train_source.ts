import { cp, stat } from "node:fs/promises";
import { join } from "node:path";
import type { OpenedModel } from "../../lib/models/open.ts";
import type { ModelCard, TrainSource } from "./page_data.ts";

/** Writes model.safetensors into model/ of the site, which has that folder; gives what the page knows of it. */
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
  await cp(file, join(site, "model", "model.safetensors"));
  return source;
}
