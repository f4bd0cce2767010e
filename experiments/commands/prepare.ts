/** `deno task prepare`: makes a published data set ready: unpacked, converted, counted, checked. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { Argument, type Command } from "commander";
import { prepareArchives, prepareFolder, type SplitCount } from "../../lib/prepare/prepare.ts";
import { PUBLISHED_SETS, type PublishedName } from "../../lib/prepare/published_sets.ts";
import { consoleTable } from "../../lib/report/table.ts";
import { repository, userPath } from "./paths.ts";
import { displaying, main, newCommand } from "./command.ts";
import { print, printError } from "./print.ts";

interface Options {
  readonly archive?: readonly string[];
  readonly root?: string;
  readonly out?: string;
}

/** The command; its help says which archives each data set has. */
export function prepareCommand(): Command {
  const names = Object.keys(PUBLISHED_SETS);
  const archives = Object.entries(PUBLISHED_SETS)
    .map(([name, { archives }]) => `  ${name}: ${archives}`);
  const collect = (path: string, before: readonly string[] = []) => [...before, userPath(path)];
  return newCommand("prepare")
    .description(
      "Unpacks a published data set, converts what needs it (Pascal Context's annotations), counts " +
        "the pairs of images and masks and checks a sample of them; or does the same with a folder " +
        "that is unpacked already. The archives:\n" + archives.join("\n"),
    )
    .addArgument(new Argument("<name>", "the data set").choices(names))
    .option("--archive <files...>", "the archives", collect)
    .option("--root <folder>", "the data set, unpacked: nothing is copied", userPath)
    .option("--out <folder>", "where to unpack (default: data/NAME in the repository)", userPath)
    .action(prepare);
}

async function prepare(name: PublishedName, options: Options): Promise<void> {
  const { archive, root, out } = options;
  const given = Object.keys(options).map((option) => `--${option}`);
  if ((archive === undefined) === (root === undefined) || (root && out)) {
    throw new RangeError(
      `Cannot prepare ${name}: it needs either --archive with ${PUBLISHED_SETS[name].archives}, ` +
        `and perhaps --out DIR, or --root DIR alone, got ${given.join(" and ") || "neither"}`,
    );
  }
  const unpacked = archive?.find((path) =>
    statSync(path, { throwIfNoEntry: false })?.isDirectory()
  );
  if (unpacked !== undefined) {
    throw new RangeError(
      `Cannot prepare ${name}: archives needed, got the folder ${unpacked}; give one that is ` +
        `unpacked already as --root`,
    );
  }
  const folder = root ?? out ?? join(repository, "data", name);
  const counts = await displaying(({ show }) =>
    archive ? prepareArchives(name, archive, folder, show) : prepareFolder(name, folder, show)
  );
  printCounts(counts, folder);
}

function printCounts(counts: readonly SplitCount[], folder: string): void {
  const number = (value: number) => value.toLocaleString("en");
  const rows = counts.map(({ name, pairs, published, checked }) => ({
    split: name,
    pairs: number(pairs),
    published: number(published),
    "decoded and checked": number(checked),
  }));
  print(`${consoleTable(rows)}${folder}`);
  const differing = counts.filter(({ pairs, published }) => pairs !== published);
  for (const { name, pairs, published } of differing) {
    const what = pairs < published ? "are missing" : "are there beside the published ones";
    printError(
      `Warning: ${number(Math.abs(published - pairs))} pairs of ${name} ${what} ` +
        `(${number(pairs)} of ${number(published)})`,
    );
  }
  if (differing.length === 0) return;
  printError("Other sets can be used; their scores cannot be put beside published ones.");
}

if (import.meta.main) await main(prepareCommand());
