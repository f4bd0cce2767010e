import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { experimentNames, experimentOf } from "../../experiments/commands/catalogue.ts";
import { repository } from "../../experiments/commands/paths.ts";
import { buildSite, type BuiltSite, type ShownModel } from "../../experiments/site/build_site.ts";
import { readCard } from "../../experiments/site/site_model.ts";
import { openModel } from "../../lib/models/open.ts";

/** The repository's results. */
export const results = join(repository, "results");

/** The folder of the network that the repository publishes. */
export const kept = join(results, "site_model");

/** The experiments of the repository as a site takes them. */
export async function experiments() {
  return await Promise.all((await experimentNames()).map(async (name) => ({
    name,
    experiment: await experimentOf(name),
    file: join(repository, "experiments", `${name}.ts`),
  })));
}

/** The network that the repository publishes. */
export async function keptModel(): Promise<ShownModel> {
  return {
    opened: await openModel(kept),
    card: await readCard(join(kept, "card.json")),
    sample: join(kept, "sample.jpg"),
    file: join(kept, "model.safetensors"),
  };
}

/** Builds the repository's site into a folder that goes with the work. */
export async function withSite(
  work: (site: string, built: BuiltSite) => Promise<void>,
  model: ShownModel | null = null,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "seglab-site-"));
  try {
    const site = join(folder, "site");
    const built = await buildSite({ results, experiments: await experiments(), model }, site);
    await work(site, built);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
