/** `deno task publish`: the results as a site of static files. */
import type { Command } from "commander";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { readSafetensorsMetadata } from "../../lib/checkpoints/safetensors.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { buildSite, type ShownModel } from "../site/build_site.ts";
import { ownCard, readCard } from "../site/site_model.ts";
import { locatedModel } from "./located_model.ts";
import { serveSite } from "../site/serve_site.ts";
import { experimentNames, experimentOf } from "./catalogue.ts";
import { main, newCommand, whole } from "./command.ts";
import { repository, userPath } from "./paths.ts";
import { print } from "./print.ts";

interface Options {
  readonly results?: string;
  readonly out?: string;
  readonly model?: string;
  readonly card?: string;
  readonly sample?: string;
  readonly serve?: true;
  readonly port: number;
}

/** The command; its help says the defaults. */
export function publishCommand(): Command {
  return newCommand("publish")
    .description(
      "Builds a site of static files for any web server or GitHub Pages: a page for each experiment " +
        "with finished runs, the analyses, and pages on which a network segments a visitor's photos and " +
        "learns from them.",
    )
    .option("--results <folder>", "(default: results/)", userPath)
    .option("--out <folder>", "a new folder or an earlier site (default: results/site/)", userPath)
    .option(
      "--model <checkpoint>",
      "what `segment --model` takes (default: site_model of the results)",
    )
    .option(
      "--card <file>",
      "JSON for the photo page: title, about, licences (default: none)",
      userPath,
    )
    .option("--sample <photo>", "a JPEG for visitors without a photo", userPath)
    .option("--serve", "then show it to browsers on this machine, until it is stopped")
    .option("--port <n>", "where it is shown", whole(1), 8000)
    .action(publish);
}

async function publish(options: Options): Promise<void> {
  const { results = join(repository, "results"), out = join(results, "site") } = options;
  const experiments = await Promise.all((await experimentNames()).map(async (name) => ({
    name,
    experiment: await experimentOf(name),
    file: join(repository, "experiments", `${name}.ts`),
  })));
  const model = await shownModel(options, join(results, "site_model"));
  const built = await buildSite({ results, experiments, model }, out);
  for (const { name, groups, unfinished } of built.experiments) {
    const open = unfinished.length > 0 ? `; not finished: ${unfinished.join(", ")}` : "";
    print(`${name}: ${groups.filter(({ isTrial }) => !isTrial).length} runs${open}`);
  }
  if (built.model) {
    print(`${built.model.card.title}: ${(built.model.bytes / 1e6).toFixed(1)} MB to load`);
  } else print("no model on the photo page: --model CHECKPOINT puts one there");
  if (built.model && !built.source) {
    print(
      "no training page: a network that Seglab trained on RGB pictures can go on learning there",
    );
  }
  print(join(out, "index.html"));
  if (options.serve) await serve(out, options.port);
}

/** The network that is asked for, or the one that is kept beside the results; null where there is none. */
async function shownModel(
  { model, card, sample }: Options,
  kept: string,
): Promise<ShownModel | null> {
  if (model === undefined && !existsSync(join(kept, "model.safetensors"))) return null;
  const path = model === undefined ? join(kept, "model.safetensors") : await locatedModel(model);
  const opened = await openModel(path);
  const ownSample = join(kept, "sample.jpg");
  const described = card ?? (model === undefined ? join(kept, "card.json") : null);
  return {
    opened,
    card: described === null ? ownCard(opened) : await readCard(described),
    sample: sample ?? (existsSync(ownSample) ? ownSample : null),
    file: await goesOn(path, opened) ? path : null,
  };
}

/** Whether a browser can go on training a network: a file of Seglab's whose images are RGB. */
async function goesOn(path: string, { reading }: OpenedModel): Promise<boolean> {
  if (!path.endsWith(".safetensors") || reading.channels !== undefined) return false;
  return (await readSafetensorsMetadata(path)).seglab !== undefined;
}

async function serve(site: string, port: number): Promise<void> {
  const server = served(site, port);
  print(`http://127.0.0.1:${server.addr.port}/ (Ctrl-C ends it)`);
  await server.finished;
}

function served(site: string, port: number) {
  try {
    return serveSite(site, port);
  } catch (cause) {
    throw new RangeError(
      `Cannot show the site: a free port needed, got ${port}: ${
        (cause as Error).message
      }; --port ` +
        `takes another`,
      { cause },
    );
  }
}

if (import.meta.main) await main(publishCommand());
