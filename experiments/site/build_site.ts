import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeError } from "../../lib/files.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { analysesPage } from "./analyses_page.ts";
import { bundleScripts } from "./bundle.ts";
import { experimentPage, type ShownExperiment } from "./experiment_page.ts";
import { indexPage } from "./index_page.ts";
import type { ModelCard, SiteModel, TrainSource } from "./page_data.ts";
import { photoPage } from "./photo_page.ts";
import { trainPage } from "./train_page.ts";
import { writeTrainSource } from "./train_source.ts";
import { writeSiteModel } from "./site_model.ts";
import { type NamedExperiment, shownExperiment } from "./shown_experiment.ts";

/** What a site is built from. */
export interface SiteSources {
  readonly results: string;
  readonly experiments: readonly NamedExperiment[];
  /** The network of the photo page; null for a site without one. */
  readonly model: ShownModel | null;
}

/** A network, what visitors should know of it, and a photo for those who have none. */
export interface ShownModel {
  readonly opened: OpenedModel;
  readonly card: ModelCard;
  readonly sample: string | null;
  /** Its model.safetensors, which visitors train on; null for a network that Seglab did not train. */
  readonly file: string | null;
}

/** What was published. */
export interface BuiltSite {
  readonly experiments: readonly ShownExperiment[];
  readonly model: SiteModel | null;
  readonly source: TrainSource | null;
}

/** By which a site is told from somebody's folder. */
const MARK = "site.json";

/**
 * Builds the site into a folder beside `out`, which takes its place when it is whole: an earlier site
 * stays until then. A folder of other files is a RangeError.
 */
export async function buildSite(
  { results, experiments, model }: SiteSources,
  out: string,
): Promise<BuiltSite> {
  if (!existsSync(results)) {
    throw new RangeError(`Cannot publish: a folder of results needed, got no ${results}`);
  }
  await requireSite(out);
  const prefix = join(dirname(out), `.${basename(out)}-`);
  await mkdir(dirname(out), { recursive: true }).catch((cause) => {
    throw writeError(out, cause);
  });
  await removeLeftOver(prefix);
  const site = await mkdtemp(prefix);
  try {
    const shown: ShownExperiment[] = [];
    for (const experiment of experiments) {
      const found = await shownExperiment(experiment, results, site);
      if (found) shown.push(found);
    }
    if (shown.length === 0) {
      throw new RangeError(
        `Cannot publish: a finished run of one of ${
          experiments.map(({ name }) => name).join(", ")
        } ` +
          `needed, got none in ${results}; run an experiment first`,
      );
    }
    const written = model && await writeSiteModel(model.opened, model.card, model.sample, site);
    const source = model?.file ? await writeTrainSource(model, model.file, site) : null;
    const built = { experiments: shown, model: written, source };
    await writePages(built, results, site);
    await bundleScripts(site);
    await chmod(site, 0o755); // web servers run as somebody else
    await replace(out, site);
    return built;
  } finally {
    await rm(site, { recursive: true, force: true });
  }
}

async function writePages(
  { experiments: shown, model, source }: BuiltSite,
  results: string,
  site: string,
): Promise<void> {
  const write = (path: string, text: string) => writeFile(join(site, path), text);
  await write("index.html", indexPage(shown));
  for (const experiment of shown) {
    await write(`experiments/${experiment.name}.html`, experimentPage(experiment));
  }
  await write("analyses.html", await analysesPage(results, site));
  await write("photo.html", photoPage(model, existsSync(join(site, "model", "sample.jpg"))));
  await write("train.html", trainPage(source));
  await write(MARK, JSON.stringify({ site: "seglab", experiments: shown.map(({ name }) => name) }));
  await write(".nojekyll", ""); // GitHub Pages then serves files as they are
}

/** Refuses to put a site in the place of what is none. */
async function requireSite(out: string): Promise<void> {
  const entry = await stat(out).catch(() => null);
  if (entry === null) return;
  const files = entry.isDirectory() ? await readdir(out) : null;
  if (files?.length === 0 || files?.includes(MARK)) return;
  throw new RangeError(
    `Cannot publish into ${out}: a new folder or an earlier site needed, got ` +
      (files === null ? "a file" : `a folder with ${files.length} other files`),
  );
}

/** Takes the place of an earlier site; a failure between the two renames puts it back. */
async function replace(out: string, site: string): Promise<void> {
  const old = `${site}-old`;
  const had = existsSync(out);
  if (had) await rename(out, old);
  try {
    await rename(site, out);
  } catch (cause) {
    if (had) await rename(old, out);
    throw writeError(out, cause);
  }
  await rm(old, { recursive: true, force: true });
}

const HOUR = 3_600_000;

/** Removes what processes that were killed long ago had built. */
async function removeLeftOver(prefix: string): Promise<void> {
  for (const name of await readdir(dirname(prefix))) {
    const path = join(dirname(prefix), name);
    if (!name.startsWith(basename(prefix))) continue;
    if (Date.now() - (await stat(path)).mtimeMs > HOUR) await rm(path, { recursive: true });
  }
}
