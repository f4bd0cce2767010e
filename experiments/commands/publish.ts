/** `deno task publish`: the results as a site of static files. */
import type { Command } from "commander";
import { join } from "node:path";
import { buildSite } from "../site/build_site.ts";
import { serveSite } from "../site/serve_site.ts";
import { experimentNames, experimentOf } from "./catalogue.ts";
import { main, newCommand, whole } from "./command.ts";
import { repository, userPath } from "./paths.ts";
import { print } from "./print.ts";

interface Options {
  readonly results?: string;
  readonly out?: string;
  readonly serve?: true;
  readonly port: number;
}

/** The command; its help says the defaults. */
export function publishCommand(): Command {
  return newCommand("publish")
    .description(
      "Builds a site of static files for any web server or GitHub Pages: a page for each experiment " +
        "with finished runs, the analyses, and a page on which a network segments a visitor's photo.",
    )
    .option("--results <folder>", "(default: results/)", userPath)
    .option("--out <folder>", "a new folder or an earlier site (default: results/site/)", userPath)
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
  const shown = await buildSite({ results, experiments }, out);
  for (const { name, groups, unfinished } of shown) {
    const open = unfinished.length > 0 ? `; not finished: ${unfinished.join(", ")}` : "";
    print(`${name}: ${groups.length} runs${open}`);
  }
  print(join(out, "index.html"));
  if (options.serve) await serve(out, options.port);
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
